#include "libs/acme/jws.h"

#include <catch2/catch.hpp>

#include "libs/acme/test_jws.h"
#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/private_key.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"

namespace cairn::acme {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;
using errors::Reason;

constexpr char kHeader[] =
    R"({"alg":"ES256","nonce":"bm9uY2U","url":"https://acme.test/acme/new-order","kid":"https://acme.test/acme/account/x"})";

const PrivateKey& Key() {
  static const auto* const key = new PrivateKey(PrivateKey::Generate(KeyType::kEcP256));
  return *key;
}

// The three members of a genuine request, to be put together otherwise.
struct Parts {
  std::string header = base::ToBase64Url(kHeader);
  std::string payload = base::ToBase64Url("{}");
  std::string signature;

  Parts() {
    const auto der =
        Key().Sign(crypto::SignatureAlgorithm::kEcdsaSha256, base::Cat(header, ".", payload));
    REQUIRE_OK(der);
    signature = base::ToBase64Url(testing::RawEcdsa(KeyType::kEcP256, *der));
  }
  std::string Body(std::string_view more = "") const {
    return base::Cat(R"({"protected":")", header, R"(","payload":")", payload, R"(","signature":")",
                     signature, "\"", more, "}");
  }
};

TEST_CASE("a request is read and its signature verified", "[ACME-020][ACME-031][ACME-042]") {
  const auto jws = Jws::Parse(testing::SignJws(Key(), kHeader, R"({"a":1})"));
  REQUIRE_OK(jws);
  CHECK(jws->alg() == "ES256");
  CHECK(jws->nonce() == "bm9uY2U");
  CHECK(jws->url() == "https://acme.test/acme/new-order");
  CHECK(jws->kid() == "https://acme.test/acme/account/x");
  CHECK_FALSE(jws->jwk().has_value());
  CHECK(jws->payload() == R"({"a":1})");
  CHECK_OK(jws->VerifySignature(Key().public_key()));
}

TEST_CASE("an empty payload is POST-as-GET", "[ACME-024]") {
  const auto jws = Jws::Parse(testing::SignJws(Key(), kHeader, ""));
  REQUIRE_OK(jws);
  CHECK(jws->payload().empty());
  CHECK_OK(jws->VerifySignature(Key().public_key()));
}

TEST_CASE("every supported algorithm verifies, with its own key only",
          "[ACME-031][ACME-032][ACME-033][ACME-036]") {
  const std::pair<const char*, KeyType> rows[] = {{"RS256", KeyType::kRsa},
                                                  {"ES256", KeyType::kEcP256},
                                                  {"ES384", KeyType::kEcP384},
                                                  {"ES512", KeyType::kEcP521},
                                                  {"EdDSA", KeyType::kEd25519}};
  for (const auto& [signer_alg, signer_type] : rows) {
    const PrivateKey key = PrivateKey::Generate(signer_type);
    for (const auto& [alg, type] : rows) {
      INFO(alg << " with a key for " << signer_alg);
      const auto jws = Jws::Parse(testing::SignJws(
          key, base::Cat(R"({"alg":")", alg, R"(","nonce":"AA","url":"u","kid":"k"})"), "{}"));
      REQUIRE_OK(jws);
      if (type == signer_type) {
        CHECK_OK(jws->VerifySignature(key.public_key()));
      } else {
        CHECK_REASON(jws->VerifySignature(key.public_key()), Reason::kBadSignatureAlgorithm);
      }
    }
  }
  CHECK(SupportedAlgorithms().size() == std::size(rows));
}

TEST_CASE("other algorithms are refused by name", "[ACME-030][ACME-034]") {
  const char* alg =
      GENERATE("none", "HS256", "HS512", "PS256", "RS384", "RS512", "ES256K", "es256", "");
  INFO(alg);
  CHECK_REASON(
      Jws::Parse(testing::SignJws(
          Key(), base::Cat(R"({"alg":")", alg, R"(","nonce":"AA","url":"u","kid":"k"})"), "{}")),
      Reason::kBadSignatureAlgorithm);
}

TEST_CASE("no octet of what is signed can be changed", "[ACME-042]") {
  const Parts parts;
  for (size_t i = 0; i < parts.payload.size(); ++i) {
    Parts changed = parts;
    changed.payload[i] = changed.payload[i] == 'A' ? 'B' : 'A';
    const auto jws = Jws::Parse(changed.Body());
    if (jws.ok()) CHECK_REASON(jws->VerifySignature(Key().public_key()), Reason::kUnauthorized);
  }
  const auto other = PrivateKey::Generate(KeyType::kEcP256);
  const auto jws = Jws::Parse(parts.Body());
  REQUIRE_OK(jws);
  CHECK_REASON(jws->VerifySignature(other.public_key()), Reason::kUnauthorized);
}

TEST_CASE("an ECDSA signature has one form", "[ACME-037]") {
  Parts parts;
  const auto der = Key().Sign(crypto::SignatureAlgorithm::kEcdsaSha256,
                              base::Cat(parts.header, ".", parts.payload));
  REQUIRE_OK(der);
  parts.signature = base::ToBase64Url(*der);
  const auto jws = Jws::Parse(parts.Body());
  REQUIRE_OK(jws);
  CHECK_REASON(jws->VerifySignature(Key().public_key()), Reason::kMalformed);
}

TEST_CASE("only the flattened form is a request",
          "[ACME-020][ACME-021][ACME-022][ACME-023][ACME-024]") {
  const Parts parts;
  const auto compact = base::Cat(parts.header, ".", parts.payload, ".", parts.signature);
  const auto [why, body] = GENERATE_COPY(table<const char*, std::string>({
      {"empty", ""},
      {"compact serialisation", compact},
      {"a JSON string", "\"" + compact + "\""},
      {"an array", "[" + parts.Body() + "]"},
      {"general form", base::Cat(R"({"payload":"e30","signatures":[{"protected":")", parts.header,
                                 R"(","signature":")", parts.signature, R"("}]})")},
      {"both forms", parts.Body(R"(,"signatures":[])")},
      {"an unprotected header", parts.Body(R"(,"header":{})")},
      {"another member", parts.Body(R"(,"x":1)")},
      {"a member twice", parts.Body(R"(,"payload":"e30")")},
      {"no payload", base::Cat(R"({"protected":")", parts.header, R"(","signature":")",
                               parts.signature, R"("})")},
      {"no signature", base::Cat(R"({"protected":")", parts.header, R"(","payload":"e30"})")},
      {"no header", R"({"payload":"e30","signature":"AA"})"},
      {"a payload that is no string",
       base::Cat(R"({"protected":")", parts.header, R"(","payload":{},"signature":"AA"})")},
      {"a padded payload",
       base::Cat(R"({"protected":")", parts.header, R"(","payload":"e30=","signature":"AA"})")},
      {"trailing data", parts.Body() + "x"},
  }));
  INFO(why);
  CHECK_REASON(Jws::Parse(body), Reason::kMalformed);
}

TEST_CASE("the protected header has what it must and nothing critical",
          "[ACME-023][ACME-025][ACME-026][ACME-041][ACME-053]") {
  const std::string jwk = Jwk::FromKey(Key().public_key()).canonical();
  const auto [why, header, reason] = GENERATE_COPY(table<const char*, std::string, Reason>({
      {"not JSON", "x", Reason::kMalformed},
      {"no object", "[]", Reason::kMalformed},
      {"no alg", R"({"nonce":"AA","url":"u","kid":"k"})", Reason::kMalformed},
      {"no url", R"({"alg":"ES256","nonce":"AA","kid":"k"})", Reason::kMalformed},
      {"no nonce", R"({"alg":"ES256","url":"u","kid":"k"})", Reason::kBadNonce},
      {"neither jwk nor kid", R"({"alg":"ES256","nonce":"AA","url":"u"})", Reason::kMalformed},
      {"jwk and kid",
       base::Cat(R"({"alg":"ES256","nonce":"AA","url":"u","kid":"k","jwk":)", jwk, "}"),
       Reason::kMalformed},
      {"a kid that is no string", R"({"alg":"ES256","nonce":"AA","url":"u","kid":1})",
       Reason::kMalformed},
      {"a nonce that is not base64url", R"({"alg":"ES256","nonce":"a b","url":"u","kid":"k"})",
       Reason::kMalformed},
      {"a padded nonce", R"({"alg":"ES256","nonce":"AA==","url":"u","kid":"k"})",
       Reason::kMalformed},
      {"crit", R"({"alg":"ES256","nonce":"AA","url":"u","kid":"k","crit":["b64"],"b64":false})",
       Reason::kMalformed},
      {"b64", R"({"alg":"ES256","nonce":"AA","url":"u","kid":"k","b64":true})", Reason::kMalformed},
      {"url twice", R"({"alg":"ES256","nonce":"AA","url":"u","url":"v","kid":"k"})",
       Reason::kMalformed},
  }));
  INFO(why);
  CHECK_REASON(Jws::Parse(testing::SignJws(Key(), header, "{}")), reason);
}

TEST_CASE("a body over the limit is refused before it is parsed", "[ACME-012]") {
  CHECK_REASON(Jws::Parse(testing::SignJws(Key(), kHeader, std::string(64 * 1024, 'x'))),
               Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::acme
