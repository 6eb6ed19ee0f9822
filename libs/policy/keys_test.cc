#include "libs/policy/keys.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <tuple>

#include "libs/base/encoding.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/private_key.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::policy {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;
using crypto::PublicKey;
using errors::Reason;

const std::string kF4("\x01\x00\x01", 3);

std::string Modulus(const std::string& name) {
  std::ifstream file("libs/crypto/testdata/rsa_moduli.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ": ")) {
      return base::FromHex(line.substr(name.size() + 2)).value();
    }
  }
  FAIL("no modulus " << name);
  return "";
}

// A key that libs/policy's tests share: its private half is in RFC 7515 A.3.
PublicKey Rfc7515Key() {
  return PublicKey::FromEc(
             KeyType::kEcP256,
             base::FromBase64Url("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU").value(),
             base::FromBase64Url("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0").value())
      .value();
}

TEST_CASE("each type of key has its uses", "[KEY-03][KEY-04]") {
  const auto [type, account, certificate] = GENERATE(table<KeyType, bool, bool>({
      {KeyType::kRsa, true, true},
      {KeyType::kEcP256, true, true},
      {KeyType::kEcP384, true, true},
      {KeyType::kEcP521, true, false},
      {KeyType::kEd25519, true, false},
  }));
  const PublicKey key = PrivateKey::Generate(type).public_key();
  INFO(crypto::NameOf(type));
  CHECK(CheckKey(key, KeyUse::kAccount, {}).ok() == account);
  CHECK(CheckKey(key, KeyUse::kCertificate, {}).ok() == certificate);
  CHECK(CheckKey(key, KeyUse::kCertificate, {.p521_certificates = true}).ok() ==
        (certificate || type == KeyType::kEcP521));
}

TEST_CASE("RSA keys have one of three sizes", "[KEY-01][KEY-02]") {
  const auto [bits, ok] = GENERATE(table<int, bool>({
      {1024, false},
      {2040, false},
      {2048, true},
      {2056, false},
  }));
  INFO(bits);
  const PublicKey key = PrivateKey::Generate(KeyType::kRsa, bits).public_key();
  CHECK(CheckKey(key, KeyUse::kCertificate, {}).ok() == ok);
}

TEST_CASE("a modulus of 2047 or 2049 bits is refused", "[KEY-01]") {
  std::string modulus = Modulus("good");
  modulus[0] = '\x7f';
  CHECK_REASON(CheckKey(PublicKey::FromRsa(modulus, kF4).value(), KeyUse::kCertificate, {}),
               Reason::kBadCsr);
  CHECK_REASON(
      CheckKey(PublicKey::FromRsa("\x01" + Modulus("good"), kF4).value(), KeyUse::kCertificate, {}),
      Reason::kBadCsr);
}

TEST_CASE("the RSA exponent is 65537", "[KEY-05]") {
  const auto [exponent, ok] = GENERATE(table<std::string, bool>({
      {"\x03", false},
      {"\x11", false},
      {std::string("\x01\x00\x01", 3), true},
      {std::string("\x01\x00\x03", 3), false},
  }));
  const PublicKey key = PublicKey::FromRsa(Modulus("good"), exponent).value();
  CHECK(CheckKey(key, KeyUse::kAccount, {}).ok() == ok);
}

TEST_CASE("weak RSA keys are refused in both uses", "[KEY-06][KEY-09][KEY-10]") {
  const char* name =
      GENERATE("roca", "adjacent primes", "found in round 68", "square", "prime", "factor 751");
  INFO(name);
  const PublicKey key = PublicKey::FromRsa(Modulus(name), kF4).value();
  CHECK_REASON(CheckKey(key, KeyUse::kCertificate, {}), Reason::kBadCsr);
  CHECK_REASON(CheckKey(key, KeyUse::kAccount, {}), Reason::kBadPublicKey);
}

TEST_CASE("keys that are not weak by much pass", "[KEY-06][KEY-10]") {
  const char* name = GENERATE("good", "not found before round 988", "factor 757");
  INFO(name);
  CHECK_OK(CheckKey(PublicKey::FromRsa(Modulus(name), kF4).value(), KeyUse::kCertificate, {}));
}

TEST_CASE("a key on the blocklist is refused in both uses", "[KEY-08][KEY-12][KEY-13]") {
  const PublicKey known = Rfc7515Key();
  const std::string line = base::ToHex(crypto::Sha256(known.spki_der())) + " rfc7515 2026-11-23\n";
  const std::string other = std::string(64, '0') + " elsewhere\n";
  const testing::TempDir dir;
  const absl::StatusOr<KeyBlocklist> list = KeyBlocklist::FromFile(
      dir.Write("blocked.txt", "# keys with known halves\n\n" + other + line));
  REQUIRE_OK(list);
  CHECK(list->size() == 2);
  CHECK(list->SourceOf(known) == "rfc7515");
  const KeyRules rules{.blocklist = &*list};
  CHECK_REASON(CheckKey(known, KeyUse::kCertificate, rules), Reason::kBadCsr);
  CHECK_REASON(CheckKey(known, KeyUse::kAccount, rules), Reason::kBadPublicKey);
  const PublicKey fresh = PrivateKey::Generate(KeyType::kEcP256).public_key();
  CHECK_OK(CheckKey(fresh, KeyUse::kCertificate, rules));
  CHECK_FALSE(list->SourceOf(fresh).has_value());
}

TEST_CASE("a blocklist in another format is refused") {
  const std::string digest(64, 'a');
  const std::string text =
      GENERATE_COPY(std::string("x\n"), digest + "\n", digest + " \n", digest.substr(1) + " s\n",
                    std::string(64, 'A') + " s\n", digest + " s\n" + digest.substr(0, 20));
  CHECK_REASON(KeyBlocklist::FromText(text), Reason::kMalformed);
  CHECK_OK(KeyBlocklist::FromText(digest + " s"));
  CHECK(KeyBlocklist::FromText("").value().size() == 0);
  CHECK_REASON(KeyBlocklist::FromFile("/nowhere/blocked.txt"), Reason::kInternal);
}

}  // namespace
}  // namespace cairn::policy
