#include "libs/acme/jwk.h"

#include <optional>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"

namespace cairn::acme {
namespace {

using crypto::KeyType;
using errors::Reason;

// RFC 7518 sections 6.2.2, 6.3.2 and 6.4: a client that sends one of these has
// given its private key away, so it must hear of it.
constexpr std::string_view kPrivateMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

absl::StatusOr<std::string> Octets(const Json& json, std::string_view name) {
  const auto text = json.GetString(name);
  const auto octets = text ? base::FromBase64Url(*text) : std::nullopt;
  if (!octets || octets->empty()) {
    return errors::Make(Reason::kBadPublicKey,
                        base::Cat("the JWK's \"", name, "\" is not a base64url string"));
  }
  return *octets;
}

std::string Member(std::string_view name, std::string_view octets) {
  return base::Cat("\"", name, "\":\"", base::ToBase64Url(octets), "\"");
}

std::string Canonical(const crypto::PublicKey& key) {
  switch (key.type()) {
    case KeyType::kRsa:
      return base::Cat("{", Member("e", key.rsa_exponent()), R"(,"kty":"RSA",)",
                       Member("n", key.rsa_modulus()), "}");
    case KeyType::kEcP256:
    case KeyType::kEcP384:
    case KeyType::kEcP521:
      return base::Cat(R"({"crv":")", crypto::NameOf(key.type()), R"(","kty":"EC",)",
                       Member("x", key.ec_x()), ",", Member("y", key.ec_y()), "}");
    case KeyType::kEd25519:
      return base::Cat(R"({"crv":"Ed25519","kty":"OKP",)", Member("x", key.ed25519_x()), "}");
  }
  return "";
}

std::optional<KeyType> CurveType(std::string_view curve) {
  for (const KeyType type : {KeyType::kEcP256, KeyType::kEcP384, KeyType::kEcP521}) {
    if (curve == crypto::NameOf(type)) return type;
  }
  return std::nullopt;
}

}  // namespace

Jwk::Jwk(const crypto::PublicKey& key)
    : key_(key), canonical_(Canonical(key)), thumbprint_(crypto::Sha256(canonical_)) {}

Jwk Jwk::FromKey(const crypto::PublicKey& key) { return Jwk(key); }

absl::StatusOr<Jwk> Jwk::Parse(std::string_view text) {
  ASSIGN_OR_RETURN(const Json json, Json::Parse(text));
  return FromJson(json);
}

absl::StatusOr<Jwk> Jwk::FromJson(const Json& json) {
  if (!json.is_object()) return errors::Make(Reason::kMalformed, "a JWK is a JSON object");
  for (const std::string_view name : kPrivateMembers) {
    if (json.Find(name) != nullptr) {
      return errors::Make(Reason::kMalformed,
                          base::Cat("the JWK has the private member \"", name,
                                    "\": this key is no longer secret, make a new one"));
    }
  }
  const std::string_view type = json.GetString("kty").value_or("");
  if (type == "RSA") {
    ASSIGN_OR_RETURN(const std::string modulus, Octets(json, "n"));
    ASSIGN_OR_RETURN(const std::string exponent, Octets(json, "e"));
    ASSIGN_OR_RETURN(const auto key, crypto::PublicKey::FromRsa(modulus, exponent));
    return Jwk(key);
  }
  const std::string_view curve = json.GetString("crv").value_or("");
  if (type == "EC") {
    const auto key_type = CurveType(curve);
    if (!key_type) {
      return errors::Make(Reason::kBadPublicKey, "the curve must be P-256, P-384 or P-521");
    }
    ASSIGN_OR_RETURN(const std::string x, Octets(json, "x"));
    ASSIGN_OR_RETURN(const std::string y, Octets(json, "y"));
    ASSIGN_OR_RETURN(const auto key, crypto::PublicKey::FromEc(*key_type, x, y));
    return Jwk(key);
  }
  if (type == "OKP" && curve == "Ed25519") {
    ASSIGN_OR_RETURN(const std::string x, Octets(json, "x"));
    ASSIGN_OR_RETURN(const auto key, crypto::PublicKey::FromEd25519(x));
    return Jwk(key);
  }
  return errors::Make(Reason::kBadPublicKey, "the key must be of type RSA, EC or OKP (Ed25519)");
}

std::string KeyAuthorization(std::string_view token, std::string_view thumbprint) {
  return base::Cat(base::ToBase64Url(token), ".", base::ToBase64Url(thumbprint));
}

}  // namespace cairn::acme
