#pragma once

#include <string>
#include <string_view>

#include "libs/crypto/private_key.h"

namespace cairn::load {

// The account key of one made-up subscriber (P-256). Written without libs/acme,
// so that a mistake there is not made on both sides.
class AccountKey {
 public:
  AccountKey();

  // RFC 7638, base64url.
  const std::string& thumbprint() const { return thumbprint_; }
  const std::string& jwk() const { return jwk_; }

  // The flattened JWS (RFC 8555 section 6.2), signed with ES256. `key_member` is
  // "jwk":{...} or "kid":"...".
  std::string Sign(std::string_view key_member, std::string_view url, std::string_view nonce,
                   std::string_view payload) const;

 private:
  crypto::PrivateKey key_;
  std::string jwk_;
  std::string thumbprint_;
};

}  // namespace cairn::load
