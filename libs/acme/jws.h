#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/acme/jwk.h"
#include "libs/crypto/public_key.h"

namespace cairn::acme {

// The signature algorithms that requests may use (RFC 8555 section 6.2), for the
// problem document of ACME-034.
const std::vector<std::string>& SupportedAlgorithms();

// A request's body: a JWS in flattened JSON serialisation with exactly the
// members protected, payload and signature, and a protected header with alg,
// url, nonce and exactly one of jwk and kid (RFC 8555 section 6.2). Parsed, not
// verified. Immutable. Pure: the WFE and the signer use the same code.
class Jws {
 public:
  // kMalformed, or what Jwk::Parse says, or kBadSignatureAlgorithm. A missing
  // nonce is kBadNonce (ACME-052). Bodies over 64 KiB are kMalformed.
  static absl::StatusOr<Jws> Parse(std::string_view body);

  // OK if `key` signed exactly the received octets of header and payload.
  // kBadSignatureAlgorithm if alg does not go with the key; kMalformed if the
  // signature's form is wrong; kUnauthorized if it does not verify.
  absl::Status VerifySignature(const crypto::PublicKey& key) const;

  const std::string& alg() const { return alg_; }
  const std::string& url() const { return url_; }
  // As sent; its characters are those of base64url.
  const std::string& nonce() const { return nonce_; }
  const std::optional<std::string>& kid() const { return kid_; }
  const std::optional<Jwk>& jwk() const { return jwk_; }
  // Decoded. Empty with POST-as-GET, where the member was "".
  const std::string& payload() const { return payload_; }
  // BASE64URL(header) "." BASE64URL(payload), as received (RFC 7515 section 5.1).
  const std::string& signing_input() const { return signing_input_; }

 private:
  Jws() = default;

  std::string alg_;
  std::string url_;
  std::string nonce_;
  std::optional<std::string> kid_;
  std::optional<Jwk> jwk_;
  std::string payload_;
  std::string signing_input_;
  std::string signature_;
};

}  // namespace cairn::acme
