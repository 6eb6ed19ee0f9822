#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/private_key.h"
#include "libs/der/value.h"
#include "libs/x509/names.h"

// Certificates and requests for tests, some of them wrong on purpose.
namespace cairn::testing {

struct CsrParts {
  x509::Names names;  // of the subjectAltName; empty: no extensions
  std::optional<std::string> common_name;
  std::optional<crypto::SignatureAlgorithm> algorithm;  // absent: as fits the key
  std::optional<std::string> algorithm_der;             // in place of the right octets
  std::optional<der::Value> subject;                    // in place of one of the common name
  std::optional<der::Value> attributes;                 // in place of [0] with the names
  std::optional<der::Value> general_names;              // in place of those of `names`
  int version = 0;
};
// A request for the key, signed with it.
std::string MakeCsr(const crypto::PrivateKey& key, const CsrParts& parts);
// The usual one: DNS names only.
std::string MakeCsr(const crypto::PrivateKey& key, const std::vector<std::string>& dns_names);

// A CA with a throw-away key: self-signed, or signed by `parent`.
class TestIssuer {
 public:
  explicit TestIssuer(std::string_view common_name, crypto::KeyType type, absl::Time not_before,
                      absl::Time not_after, const TestIssuer* parent = nullptr);

  const crypto::PrivateKey& key() const { return key_; }
  const std::string& certificate_der() const { return certificate_der_; }
  std::string certificate_pem() const;
  // The subject, and the subject key identifier.
  const std::string& name_der() const { return name_der_; }
  const std::string& key_id() const { return key_id_; }

 private:
  crypto::PrivateKey key_;
  std::string name_der_;
  std::string key_id_;
  std::string certificate_der_;
};

// The certificate, in DER, by which `issuer` lets the key sign OCSP responses.
std::string DelegateOcsp(const TestIssuer& issuer, const crypto::PublicKey& key,
                         absl::Time not_before, absl::Time not_after);

}  // namespace cairn::testing
