#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/private_key.h"
#include "libs/evidence/verifier.h"
#include "protos/evidence/v1/evidence.pb.h"

namespace cairn::testing {

// A subscriber with a P-256 account key at the CA whose URLs begin with
// `base_url`: makes genuine requests, without any code of libs/acme.
class TestSubscriber {
 public:
  explicit TestSubscriber(std::string base_url);

  const std::string& base_url() const { return base_url_; }
  const std::string& salt() const { return salt_; }
  const std::string& jwk() const { return jwk_; }
  const std::string& thumbprint() const { return thumbprint_; }
  const std::string& account_uri() const { return account_uri_; }
  const crypto::PrivateKey& key() const { return key_; }

  std::string FinalizeUrl(uint64_t order_id) const;
  // A flattened JWS signed with ES256.
  std::string Jws(std::string_view kid, std::string_view url, std::string_view payload) const;
  std::string FinalizeJws(uint64_t order_id, std::string_view csr_der) const;

 private:
  std::string base_url_;
  crypto::PrivateKey key_;
  std::string salt_;
  std::string jwk_;
  std::string thumbprint_;
  std::string account_uri_;
};

// A primary ("primary", RIPE NCC) and remotes ("remote-1", ...) in turn of ARIN,
// RIPE NCC and APNIC, with keys of their own.
class TestPerspectives {
 public:
  explicit TestPerspectives(int remotes);

  std::vector<evidence::Perspective> perspectives() const;
  const crypto::PrivateKey& key(size_t index) const { return keys_[index]; }

  // What perspective `index` would say when all is well; `control` false leaves
  // the control out, as a CAA recheck does.
  evidence::v1::Receipt Receipt(size_t index, const TestSubscriber& subscriber,
                                std::string_view name, absl::Time at, bool control = true) const;
  evidence::v1::SignedReceipt Sign(size_t index, const evidence::v1::Receipt& receipt) const;
  // All perspectives, in one attempt whose id is a digest of the arguments.
  evidence::v1::Attempt Attempt(const TestSubscriber& subscriber, std::string_view name,
                                absl::Time at, bool control = true) const;

 private:
  std::vector<crypto::PrivateKey> keys_;
};

// The issuer domain name that TestPerspectives look for in CAA.
inline constexpr char kTestCaaIdentity[] = "ca.test";

}  // namespace cairn::testing
