#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "libs/crypto/pkcs11/token.h"
#include "libs/crypto/public_key.h"
#include "services/ca/signing/signer.h"

namespace cairn::ca::signing {

// Keys in PKCS#11 tokens, which sign and never show them. While a token is away,
// Sign is kUnavailable at once (libs/crypto/pkcs11/token.h).
class Pkcs11Signer final : public Signer {
 public:
  struct Key {
    crypto::pkcs11::Token& token;  // must outlive the signer
    std::string label;
    crypto::PublicKey public_key;  // of the issuer's certificate
  };

  // Finds every key in its token, and has it prove that it is the certificate's
  // (ROOT-13). kNotFound or kMalformed, naming the issuer, where it isn't there or
  // is another.
  static absl::StatusOr<std::unique_ptr<Pkcs11Signer>> Create(
      std::map<std::string, Key> keys_by_issuer);

  absl::StatusOr<std::string> Sign(Checked<Tbs>&& tbs) override;

 private:
  explicit Pkcs11Signer(std::map<std::string, Key> keys) : keys_(std::move(keys)) {}

  const std::map<std::string, Key> keys_;
};

}  // namespace cairn::ca::signing
