#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <string>
#include <tuple>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/private_key.h"
#include "libs/crypto/public_key.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::crypto {
namespace {

using errors::Reason;

std::string Hex(std::string_view hex) { return base::FromHex(hex).value(); }
std::string B64(std::string_view text) { return base::FromBase64Url(text).value(); }

// RFC 7515 appendix A.3: made by other software, so a judge of ours.
PublicKey Rfc7515Key() {
  return PublicKey::FromEc(KeyType::kEcP256, B64("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                           B64("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"))
      .value();
}
constexpr std::string_view kRfc7515Input =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
constexpr std::string_view kRfc7515Signature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

TEST_CASE("the ES256 signature of RFC 7515 verifies") {
  const std::string der = EcdsaRawToDer(KeyType::kEcP256, B64(kRfc7515Signature)).value();
  CHECK(Rfc7515Key().Verify(SignatureAlgorithm::kEcdsaSha256, kRfc7515Input, der));
  CHECK_FALSE(Rfc7515Key().Verify(SignatureAlgorithm::kEcdsaSha384, kRfc7515Input, der));
  CHECK_FALSE(
      Rfc7515Key().Verify(SignatureAlgorithm::kEcdsaSha256, base::Cat(kRfc7515Input, "."), der));
}

TEST_CASE("a raw ECDSA signature has exactly the size of its curve") {
  const auto [type, size] = GENERATE(table<KeyType, size_t>(
      {{KeyType::kEcP256, 64}, {KeyType::kEcP384, 96}, {KeyType::kEcP521, 132}}));
  CHECK_OK(EcdsaRawToDer(type, std::string(size, '\x01')));
  CHECK_REASON(EcdsaRawToDer(type, std::string(size - 1, '\x01')), Reason::kMalformed);
  CHECK_REASON(EcdsaRawToDer(type, std::string(size + 1, '\x01')), Reason::kMalformed);
  CHECK_REASON(EcdsaRawToDer(type, ""), Reason::kMalformed);
}

TEST_CASE("an ECDSA signature's integers are minimal and positive") {
  const std::string raw = std::string(31, '\0') + "\x7f" + "\x80" + std::string(31, '\0');
  CHECK(base::ToHex(EcdsaRawToDer(KeyType::kEcP256, raw).value()) ==
        "302602017f022100"
        "80" +
            base::ToHex(std::string(31, '\0')));
  CHECK(base::ToHex(EcdsaRawToDer(KeyType::kEcP256, std::string(64, '\0')).value()) ==
        "3006020100020100");
}

TEST_CASE("what a key signs its public half verifies, and nothing else") {
  const auto [type, algorithm] = GENERATE(table<KeyType, SignatureAlgorithm>({
      {KeyType::kRsa, SignatureAlgorithm::kRsaPkcs1Sha256},
      {KeyType::kRsa, SignatureAlgorithm::kRsaPkcs1Sha384},
      {KeyType::kRsa, SignatureAlgorithm::kRsaPkcs1Sha512},
      {KeyType::kEcP256, SignatureAlgorithm::kEcdsaSha256},
      {KeyType::kEcP384, SignatureAlgorithm::kEcdsaSha384},
      {KeyType::kEcP521, SignatureAlgorithm::kEcdsaSha512},
      {KeyType::kEd25519, SignatureAlgorithm::kEd25519},
  }));
  INFO(NameOf(type));
  const PrivateKey key = PrivateKey::Generate(type);
  const PublicKey& public_key = key.public_key();
  CHECK(public_key.type() == type);
  std::string signature = key.Sign(algorithm, "message").value();
  CHECK(public_key.Verify(algorithm, "message", signature));
  CHECK_FALSE(public_key.Verify(algorithm, "messagf", signature));
  CHECK_FALSE(public_key.Verify(algorithm, "", signature));
  CHECK_FALSE(public_key.Verify(algorithm, "message", ""));
  CHECK_FALSE(public_key.Verify(algorithm, "message", signature + '\0'));
  CHECK_FALSE(PrivateKey::Generate(type).public_key().Verify(algorithm, "message", signature));
  const SignatureAlgorithm other = type == KeyType::kRsa ? SignatureAlgorithm::kEcdsaSha256
                                                         : SignatureAlgorithm::kRsaPkcs1Sha256;
  CHECK_FALSE(public_key.Verify(other, "message", signature));
  signature.back() ^= 1;
  CHECK_FALSE(public_key.Verify(algorithm, "message", signature));
}

TEST_CASE("a public key survives each of its forms", "[KEY-19]") {
  const KeyType type = GENERATE(KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384, KeyType::kEcP521,
                                KeyType::kEd25519);
  const PublicKey key = PrivateKey::Generate(type).public_key();
  CHECK(PublicKey::FromSpkiDer(key.spki_der()).value() == key);
  CHECK(PublicKey::FromPem(key.ToPem()).value() == key);
  switch (type) {
    case KeyType::kRsa:
      CHECK(PublicKey::FromRsa(key.rsa_modulus(), key.rsa_exponent()).value() == key);
      CHECK(key.rsa_exponent() == std::string("\x01\x00\x01", 3));
      CHECK(key.bits() == 2048);
      break;
    case KeyType::kEd25519:
      CHECK(PublicKey::FromEd25519(key.ed25519_x()).value() == key);
      break;
    case KeyType::kEcP256:
    case KeyType::kEcP384:
    case KeyType::kEcP521:
      CHECK(PublicKey::FromEc(type, key.ec_x(), key.ec_y()).value() == key);
      break;
  }
}

TEST_CASE("every prefix and every extension of a key is refused", "[KEY-19]") {
  const KeyType type = GENERATE(KeyType::kRsa, KeyType::kEcP256, KeyType::kEd25519);
  const std::string der = PrivateKey::Generate(type).public_key().spki_der();
  for (size_t size = 0; size < der.size(); ++size) {
    CHECK(errors::ReasonOf(PublicKey::FromSpkiDer(der.substr(0, size)).status()) ==
          Reason::kBadPublicKey);
  }
  CHECK_REASON(PublicKey::FromSpkiDer(der + '\0'), Reason::kBadPublicKey);
}

std::string ReplacedOnce(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("an algorithm identifier in another encoding is refused",
          "[KEY-03][KEY-04][KEY-19][PQ-01]") {
  const std::string rsa = base::ToHex(PrivateKey::Generate(KeyType::kRsa).public_key().spki_der());
  const std::string ec = base::ToHex(Rfc7515Key().spki_der());
  const auto [why, hex] = GENERATE_COPY(table<const char*, std::string>({
      {"RSA without NULL",
       ReplacedOnce(ReplacedOnce(rsa, "30820122300d", "30820120300b"), "0101010500", "010101")},
      {"RSA with the OID of RSASSA-PSS",
       ReplacedOnce(rsa, "2a864886f70d010101", "2a864886f70d01010a")},
      // RFC 9881: 1312 octets after an algorithm without parameters.
      {"ML-DSA-44", "30820532300b06096086480165030403110382052100" + std::string(2 * 1312, '5')},
      {"RSA with a long length", ReplacedOnce(rsa, "30820122300d", "3083000122300d")},
      {"a modulus with a superfluous zero",
       ReplacedOnce(ReplacedOnce(ReplacedOnce(ReplacedOnce(rsa, "30820122", "30820123"),
                                              "0382010f00", "038201100000"),
                                 "3082010a", "3082010b"),
                    "0282010100", "028201020000")},
      {"secp256k1",
       "3056301006072a8648ce3d020106052b8104000a0342000479be667ef9dcbbac55a06295ce8"
       "70b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b44"
       "8a68554199c47d08ffb10d4b8"},
      {"compressed point",
       "3039301306072a8648ce3d020106082a8648ce3d030107032200037fcdce2770f6c45d4183"
       "cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445"},
      {"the point at infinity", "3019301306072a8648ce3d020106082a8648ce3d03010703020000"},
      {"hybrid point", ReplacedOnce(ec, "034200047fcd", "034200077fcd")},
      {"X25519",
       "302a300506032b656e0321008520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98e"
       "aa9b4e6a"},
  }));
  INFO(why);
  CHECK_REASON(PublicKey::FromSpkiDer(base::FromHex(hex).value_or("")), Reason::kBadPublicKey);
}

TEST_CASE("a point that is not on its curve is refused", "[KEY-07]") {
  const PublicKey key = Rfc7515Key();
  std::string y = key.ec_y();
  y.back() ^= 1;
  CHECK_REASON(PublicKey::FromEc(KeyType::kEcP256, key.ec_x(), y), Reason::kBadPublicKey);
  CHECK_REASON(PublicKey::FromEc(KeyType::kEcP256, std::string(32, '\0'), std::string(32, '\0')),
               Reason::kBadPublicKey);
  // p itself: a coordinate out of range, though congruent to 0.
  const std::string p = Hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
  CHECK_REASON(PublicKey::FromEc(KeyType::kEcP256, p, key.ec_y()), Reason::kBadPublicKey);
  CHECK_REASON(PublicKey::FromEc(KeyType::kEcP384, key.ec_x(), key.ec_y()), Reason::kBadPublicKey);
  CHECK_REASON(PublicKey::FromEc(KeyType::kRsa, key.ec_x(), key.ec_y()), Reason::kBadPublicKey);
}

TEST_CASE("RSA numbers have their bounds", "[KEY-05]") {
  const std::string n = PrivateKey::Generate(KeyType::kRsa).public_key().rsa_modulus();
  const std::string f4("\x01\x00\x01", 3);
  const auto [why, modulus, exponent] = GENERATE_COPY(table<const char*, std::string, std::string>({
      {"even modulus", n.substr(0, 255) + "\x02", f4},
      {"leading zero", std::string(1, '\0') + n, f4},
      {"tiny modulus", n.substr(0, 63), f4},
      {"huge modulus", std::string(2049, '\xff'), f4},
      {"no exponent", n, ""},
      {"exponent 0", n, std::string(1, '\0')},
      {"exponent 1", n, "\x01"},
      {"exponent 2", n, "\x02"},
      {"exponent 4", n, "\x04"},
      {"exponent of 72 bits", n, std::string(9, '\x01')},
  }));
  INFO(why);
  CHECK_REASON(PublicKey::FromRsa(modulus, exponent), Reason::kBadPublicKey);
}

TEST_CASE("an exponent of three is well-formed: policy refuses it, not the parser") {
  const std::string n = PrivateKey::Generate(KeyType::kRsa).public_key().rsa_modulus();
  CHECK_OK(PublicKey::FromRsa(n, "\x03"));
}

TEST_CASE("a private key survives its file") {
  const KeyType type = GENERATE(KeyType::kRsa, KeyType::kEcP384, KeyType::kEd25519);
  const testing::TempDir dir;
  const PrivateKey key = PrivateKey::Generate(type);
  const std::string path = dir.Write("key.pem", key.ToPem());
  const absl::StatusOr<PrivateKey> read = PrivateKey::FromPemFile(path);
  REQUIRE_OK(read);
  CHECK(read->public_key() == key.public_key());
}

TEST_CASE("a key file that others may use is refused") {
  const testing::TempDir dir;
  const std::string path = dir.Write("key.pem", PrivateKey::Generate(KeyType::kEcP256).ToPem());
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0610, 0601}) {
    REQUIRE(chmod(path.c_str(), mode) == 0);
    CHECK_REASON(PrivateKey::FromPemFile(path), Reason::kInternal);
  }
  REQUIRE(chmod(path.c_str(), 0400) == 0);
  CHECK_OK(PrivateKey::FromPemFile(path));
}

TEST_CASE("what is no private key is refused") {
  const testing::TempDir dir;
  CHECK_REASON(PrivateKey::FromPemFile(dir.File("missing.pem")), Reason::kInternal);
  CHECK_REASON(PrivateKey::FromPemFile(dir.path()), Reason::kInternal);
  CHECK_REASON(PrivateKey::FromPem(""), Reason::kInternal);
  CHECK_REASON(PrivateKey::FromPem(Rfc7515Key().ToPem()), Reason::kInternal);
  CHECK_REASON(PublicKey::FromPem(PrivateKey::Generate(KeyType::kEcP256).ToPem()),
               Reason::kBadPublicKey);
}

}  // namespace
}  // namespace cairn::crypto
