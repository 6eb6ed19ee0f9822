#include "libs/acme/jwk.h"

#include <catch2/catch.hpp>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/private_key.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"

namespace cairn::acme {
namespace {

using crypto::KeyType;
using errors::Reason;

// RFC 7638 section 3.1.
constexpr char kRfc7638[] =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})";

TEST_CASE("the thumbprint is that of RFC 7638, whatever else stands there", "[ACME-048]") {
  const auto jwk = Jwk::Parse(kRfc7638);
  REQUIRE_OK(jwk);
  CHECK(base::ToBase64Url(jwk->thumbprint()) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  CHECK(jwk->key().type() == KeyType::kRsa);
  const auto again = Jwk::Parse(jwk->canonical());
  REQUIRE_OK(again);
  CHECK(again->thumbprint() == jwk->thumbprint());
}

TEST_CASE("the thumbprint of an Ed25519 key is that of RFC 8037 appendix A.3", "[ACME-032]") {
  const auto jwk = Jwk::Parse(
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  REQUIRE_OK(jwk);
  CHECK(base::ToBase64Url(jwk->thumbprint()) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST_CASE("keys of every type survive their JWK") {
  const KeyType type = GENERATE(KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384, KeyType::kEcP521,
                                KeyType::kEd25519);
  const auto key = crypto::PrivateKey::Generate(type).public_key();
  const auto parsed = Jwk::Parse(Jwk::FromKey(key).canonical());
  REQUIRE_OK(parsed);
  CHECK(parsed->key() == key);
}

TEST_CASE("what is not a public key of ours is refused", "[ACME-035][ACME-038][ACME-040]") {
  const auto key = crypto::PrivateKey::Generate(KeyType::kEcP256).public_key();
  const std::string x = base::ToBase64Url(key.ec_x()), y = base::ToBase64Url(key.ec_y());
  const auto ec = [](std::string_view crv, std::string_view x, std::string_view y,
                     std::string_view more = "") {
    return base::Cat(R"({"kty":"EC","crv":")", crv, R"(","x":")", x, R"(","y":")", y, "\"", more,
                     "}");
  };
  std::string rsa_zero(kRfc7638);
  rsa_zero.replace(rsa_zero.find("AQAB"), 4, "AAEAAQ");
  const auto [why, text, reason] = GENERATE_COPY(table<const char*, std::string, Reason>({
      {"no object", "[]", Reason::kMalformed},
      {"no type", "{}", Reason::kBadPublicKey},
      {"a symmetric key", R"({"kty":"oct","k":"AAAA"})", Reason::kMalformed},
      {"a private key", ec("P-256", x, y, R"(,"d":"AAAA")"), Reason::kMalformed},
      {"a private RSA member", R"({"kty":"RSA","n":"AQAB","e":"AQAB","p":"AQ"})",
       Reason::kMalformed},
      {"another curve", ec("secp256k1", x, y), Reason::kBadPublicKey},
      {"X25519", R"({"kty":"OKP","crv":"X25519","x":"AAAA"})", Reason::kBadPublicKey},
      {"a point off the curve", ec("P-256", x, x), Reason::kBadPublicKey},
      {"the curve of another size", ec("P-384", x, y), Reason::kBadPublicKey},
      {"a short coordinate", ec("P-256", base::ToBase64Url(key.ec_x().substr(1)), y),
       Reason::kBadPublicKey},
      {"a long coordinate", ec("P-256", base::ToBase64Url(std::string(1, '\0') + key.ec_x()), y),
       Reason::kBadPublicKey},
      {"padding", ec("P-256", x + "=", y), Reason::kBadPublicKey},
      {"an exponent with leading zeros", rsa_zero, Reason::kBadPublicKey},
      {"a coordinate that is no string", R"({"kty":"EC","crv":"P-256","x":1,"y":2})",
       Reason::kBadPublicKey},
  }));
  INFO(why);
  CHECK_REASON(Jwk::Parse(text), reason);
}

TEST_CASE("a key authorization joins token and thumbprint", "[ACME-103]") {
  CHECK(KeyAuthorization("token", "thumb") == "dG9rZW4.dGh1bWI");
}

}  // namespace
}  // namespace cairn::acme
