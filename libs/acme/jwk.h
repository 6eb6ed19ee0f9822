#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "libs/acme/json.h"
#include "libs/crypto/public_key.h"

namespace cairn::acme {

// A public key as a JSON Web Key: RSA, EC on P-256, P-384 or P-521, or Ed25519
// (RFC 7517, RFC 7518 section 6, RFC 8037 section 2). Immutable.
//
// Well-formed only: whether the key is strong enough is for libs/policy.
class Jwk {
 public:
  // kMalformed for JSON that is no JWK or holds private or symmetric members;
  // kBadPublicKey for a key that is not well-formed or of another kind. Members
  // that don't belong to the key ("use", "kid") are ignored, as RFC 7517 asks.
  static absl::StatusOr<Jwk> Parse(std::string_view text);
  static absl::StatusOr<Jwk> FromJson(const Json& json);
  static Jwk FromKey(const crypto::PublicKey& key);

  const crypto::PublicKey& key() const { return key_; }
  // The required members in their order (RFC 7638 section 3.2): one spelling per key.
  const std::string& canonical() const { return canonical_; }
  // RFC 7638 with SHA-256; 32 raw octets.
  const std::string& thumbprint() const { return thumbprint_; }

 private:
  explicit Jwk(const crypto::PublicKey& key);

  crypto::PublicKey key_;
  std::string canonical_;
  std::string thumbprint_;
};

// token "." thumbprint, both in base64url (RFC 8555 section 8.1); both raw here.
std::string KeyAuthorization(std::string_view token, std::string_view thumbprint);

}  // namespace cairn::acme
