#include "libs/crypto/pkcs11/token.h"

#include <absl/time/time.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "libs/crypto/pkcs11/faulty_module.h"
#include "libs/crypto/pkcs11/test_token.h"
#include "libs/errors/errors.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"

namespace cairn::crypto::pkcs11 {
namespace {

using errors::Reason;
using testing::FakeClock;
using testing::FaultyModule;
using testing::SoftHsm;

using A = SignatureAlgorithm;

// A token behind a module that fails on demand.
struct World {
  World() { faults.Reset(); }

  std::unique_ptr<Token> Open() { return Token::Open(options, clock).value(); }

  SoftHsm softhsm;
  FakeClock clock{absl::FromUnixSeconds(1795000000)};
  FaultyModule& faults = testing::TheFaultyModule();
  TokenOptions options = softhsm.AddToken("issuers", testing::FaultyModulePath());
};

std::string DetailOf(const absl::Status& status) { return errors::PayloadOf(status).detail(); }

TEST_CASE("a key that the token made signs with what its type allows", "[KEY-21][ROOT-13]") {
  struct Row {
    KeyType type;
    std::vector<A> algorithms;
    A wrong;
  };
  const auto row = GENERATE(values<Row>({
      {KeyType::kRsa,
       {A::kRsaPkcs1Sha256, A::kRsaPkcs1Sha384, A::kRsaPkcs1Sha512},
       A::kEcdsaSha256},
      {KeyType::kEcP256, {A::kEcdsaSha256, A::kEcdsaSha384, A::kEcdsaSha512}, A::kRsaPkcs1Sha256},
      {KeyType::kEcP384, {A::kEcdsaSha256, A::kEcdsaSha384, A::kEcdsaSha512}, A::kEd25519},
      {KeyType::kEcP521, {A::kEcdsaSha256, A::kEcdsaSha384, A::kEcdsaSha512}, A::kRsaPkcs1Sha512},
  }));
  World world;
  const std::unique_ptr<Token> token = world.Open();
  const absl::StatusOr<PublicKey> made = token->GenerateKeyPair("key", row.type);
  REQUIRE_OK(made);
  CHECK(made->type() == row.type);
  CHECK(token->FindPublicKey("key").value() == *made);
  for (const A algorithm : row.algorithms) {
    const absl::StatusOr<std::string> signature = token->Sign("key", algorithm, "message");
    REQUIRE_OK(signature);
    CHECK(made->Verify(algorithm, "message", *signature));
    CHECK_FALSE(made->Verify(algorithm, "another", *signature));
  }
  CHECK_REASON(token->Sign("key", row.wrong, "message"), Reason::kInternal);
  CHECK(token->counts().signatures == row.algorithms.size());
}

TEST_CASE("a key that the token made can do nothing but sign, and never leaves it", "[ROOT-12]") {
  const KeyType type = GENERATE(KeyType::kRsa, KeyType::kEcP256);
  World world;
  const std::unique_ptr<Token> token = world.Open();
  REQUIRE_OK(token->GenerateKeyPair("key", type));
  const absl::StatusOr<KeyAttributes> attributes = token->ReadAttributes("key");
  REQUIRE_OK(attributes);
  CHECK(attributes->id.size() == 16);
  CHECK(*attributes == KeyAttributes{.id = attributes->id,
                                     .token = true,
                                     .private_object = true,
                                     .sensitive = true,
                                     .always_sensitive = true,
                                     .extractable = false,
                                     .never_extractable = true,
                                     .local = true,
                                     .sign = true,
                                     .decrypt = false,
                                     .unwrap = false,
                                     .derive = false,
                                     .modifiable = false});
}

TEST_CASE("an RSA key has the size that was asked for, and 65537", "[KEY-21]") {
  World world;
  const std::unique_ptr<Token> token = world.Open();
  const absl::StatusOr<PublicKey> key = token->GenerateKeyPair("key", KeyType::kRsa, 3072);
  REQUIRE_OK(key);
  CHECK(key->bits() == 3072);
  CHECK(key->rsa_exponent() == std::string("\x01\x00\x01", 3));
  for (const int bits : {1024, 2047, 2049, 20000}) {
    INFO(bits);
    CHECK_REASON(token->GenerateKeyPair("other", KeyType::kRsa, bits), Reason::kMalformed);
  }
  CHECK_REASON(token->GenerateKeyPair("other", KeyType::kEd25519), Reason::kInternal);
}

TEST_CASE("keys are made, listed and destroyed by their labels") {
  World world;
  const std::unique_ptr<Token> token = world.Open();
  CHECK(token->ListKeyLabels().value().empty());
  REQUIRE_OK(token->GenerateKeyPair("two", KeyType::kEcP256));
  const PublicKey one = token->GenerateKeyPair("one", KeyType::kEcP256).value();
  CHECK(token->ListKeyLabels().value() == std::vector<std::string>{"one", "two"});
  CHECK_REASON(token->GenerateKeyPair("one", KeyType::kEcP256), Reason::kConflict);
  CHECK_REASON(token->GenerateKeyPair("", KeyType::kEcP256), Reason::kMalformed);
  CHECK(token->FindPublicKey("one").value() == one);

  CHECK_OK(token->DestroyKeyPair("one"));
  CHECK(token->ListKeyLabels().value() == std::vector<std::string>{"two"});
  CHECK_REASON(token->FindPublicKey("one"), Reason::kNotFound);
  CHECK_REASON(token->Sign("one", A::kEcdsaSha256, "message"), Reason::kNotFound);
  CHECK_REASON(token->DestroyKeyPair("one"), Reason::kNotFound);
  CHECK_REASON(token->DestroyKeyPair(""), Reason::kNotFound);
  CHECK(token->GenerateKeyPair("one", KeyType::kEcP256).value() != one);
}

TEST_CASE("keys stay when the token is opened again") {
  World world;
  std::unique_ptr<Token> token = world.Open();
  const PublicKey key = token->GenerateKeyPair("key", KeyType::kEcP384).value();
  token.reset();
  CHECK(world.Open()->FindPublicKey("key").value() == key);
}

TEST_CASE("a token tells what it is, and SoftHSM is no device", "[ROOT-04][ROOT-14]") {
  World world;
  const absl::StatusOr<TokenInfo> info = world.Open()->Info();
  REQUIRE_OK(info);
  CHECK(info->label == "issuers");
  CHECK(info->manufacturer == "SoftHSM project");
  CHECK(info->model == "SoftHSM v2");
  CHECK(info->serial.size() == 16);
  CHECK(info->library == "Implementation of PKCS11");
  CHECK_FALSE(info->firmware_version.empty());
  CHECK_FALSE(info->hardware);
}

TEST_CASE("the token's random octets are as many as asked for, and others each time") {
  World world;
  const std::unique_ptr<Token> token = world.Open();
  const std::string first = token->GenerateRandom(32).value();
  CHECK(first.size() == 32);
  CHECK(token->GenerateRandom(32).value() != first);
}

TEST_CASE("a label that is not exactly one key's is refused, and told") {
  World world;
  const std::unique_ptr<Token> token = world.Open();
  REQUIRE_OK(token->GenerateKeyPair("key", KeyType::kEcP256));
  CHECK_REASON(token->FindPublicKey("KEY"), Reason::kNotFound);
  CHECK_REASON(token->FindPublicKey("ke"), Reason::kNotFound);
  CHECK_REASON(token->FindPublicKey(""), Reason::kNotFound);
  // A second pair, as another program can make it: the search for the first finds
  // neither of its halves.
  world.faults.HideObjects(2);
  const absl::Status two = token->GenerateKeyPair("key", KeyType::kEcP256).status();
  CHECK_REASON(two, Reason::kInternal);
  CHECK(DetailOf(two) == "token \"issuers\": key \"key\": two keys have this label");
  CHECK(token->ListKeyLabels().value() == std::vector<std::string>{"key", "key"});
  // Half a pair is none.
  REQUIRE_OK(token->DestroyKeyPair("key"));
  REQUIRE_OK(token->GenerateKeyPair("half", KeyType::kEcP256));
  const std::unique_ptr<Token> other = world.Open();
  world.faults.HideObjects(1);
  const absl::Status half = other->FindPublicKey("half").status();
  CHECK_REASON(half, Reason::kNotFound);
  CHECK(DetailOf(half) == "token \"issuers\": key \"half\": the private half is not there");
}

TEST_CASE("a private key that does not belong to the public one is never used", "[ROOT-13]") {
  World world;
  std::unique_ptr<Token> token = world.Open();
  REQUIRE_OK(token->GenerateKeyPair("key", KeyType::kEcP256));
  token.reset();
  token = world.Open();
  world.faults.SpoilSignature();
  const absl::Status refused = token->FindPublicKey("key").status();
  CHECK_REASON(refused, Reason::kInternal);
  CHECK(DetailOf(refused).find("the private key is not that of the public key") !=
        std::string::npos);
  // As soon as it is proven, all is well.
  CHECK_OK(token->FindPublicKey("key"));
  // A signature that has the wrong size is none.
  world.faults.ShortenSignature();
  CHECK_REASON(token->Sign("key", A::kEcdsaSha256, "message"), Reason::kInternal);
}

TEST_CASE("the label must be that of exactly one token") {
  World world;
  world.softhsm.AddToken("other");
  CHECK_OK(Token::Open(world.options, world.clock));
  world.options.token_label = "issuer";
  const absl::Status absent = Token::Open(world.options, world.clock).status();
  CHECK_REASON(absent, Reason::kUnavailable);
  CHECK(DetailOf(absent) == "token \"issuer\": no slot has it");
  world.options.token_label = "";
  CHECK_REASON(Token::Open(world.options, world.clock), Reason::kMalformed);
  world.options.token_label = std::string(33, 'x');
  CHECK_REASON(Token::Open(world.options, world.clock), Reason::kMalformed);
}

TEST_CASE("two tokens with one label are refused") {
  World world;
  world.softhsm.AddToken("other");
  world.faults.LabelAll("issuers");
  const absl::Status refused = Token::Open(world.options, world.clock).status();
  CHECK_REASON(refused, Reason::kInternal);
  CHECK(DetailOf(refused) == "token \"issuers\": two tokens have this label");
}

TEST_CASE("a path that is no module is told") {
  World world;
  const auto [path, why] = GENERATE(table<const char*, const char*>({
      {"libsofthsm2.so", "absolute"},
      {"/nowhere/module.so", "/nowhere/module.so"},
      {"/etc/passwd", "/etc/passwd"},
      {"/usr/lib/x86_64-linux-gnu/libcrypto.so.3", "no PKCS#11 module"},
  }));
  INFO(path);
  world.options.module = path;
  const absl::Status refused = Token::Open(world.options, world.clock).status();
  CHECK_REASON(refused, Reason::kMalformed);
  CHECK(DetailOf(refused).find(why) != std::string::npos);
}

TEST_CASE("a session that is not free in time is told, and the token is well") {
  World world;
  world.options.sessions = 1;
  world.options.wait = absl::ZeroDuration();
  const std::unique_ptr<Token> token = world.Open();
  REQUIRE_OK(token->GenerateKeyPair("key", KeyType::kEcP256));
  world.faults.HoldNext("C_Sign");
  absl::Status slow;
  {
    std::jthread caller([&] { slow = token->Sign("key", A::kEcdsaSha256, "message").status(); });
    world.faults.WaitUntilHeld();
    CHECK(token->counts().sessions_in_use == 1);
    const absl::Status refused = token->Sign("key", A::kEcdsaSha256, "message").status();
    CHECK_REASON(refused, Reason::kOverloaded);
    CHECK(DetailOf(refused) == "token \"issuers\": all 1 sessions are in use");
    CHECK_OK(token->Check());
    world.faults.Release();
  }
  CHECK_OK(slow);
  CHECK_OK(token->Sign("key", A::kEcdsaSha256, "message"));
  CHECK(token->counts().sessions_in_use == 0);
}

TEST_CASE("many callers share few sessions") {
  World world;
  world.options.sessions = 3;
  world.options.wait = absl::Seconds(60);
  const std::unique_ptr<Token> token = world.Open();
  const PublicKey key = token->GenerateKeyPair("key", KeyType::kEcP256).value();
  world.faults.Reset();
  std::vector<int> right(8);
  {
    std::vector<std::jthread> callers;
    for (int& mine : right) {
      callers.emplace_back([&] {
        for (int i = 0; i < 40; ++i) {
          const std::string message = std::to_string(i);
          const auto signature = token->Sign("key", A::kEcdsaSha256, message);
          if (signature.ok() && key.Verify(A::kEcdsaSha256, message, *signature)) ++mine;
        }
      });
    }
  }
  CHECK(right == std::vector<int>(8, 40));
  // One was there from the login.
  CHECK(world.faults.Calls("C_OpenSession") <= 2);
}

TEST_CASE("a token with fewer sessions than asked for works with those that it has") {
  World world;
  world.options.wait = absl::Seconds(60);
  const std::unique_ptr<Token> token = world.Open();
  REQUIRE_OK(token->GenerateKeyPair("key", KeyType::kEcP256));
  world.faults.HoldNext("C_Sign");
  world.faults.FailNext("C_OpenSession", 0xb1);  // CKR_SESSION_COUNT
  absl::Status first;
  absl::Status second;
  {
    std::jthread caller([&] { first = token->Sign("key", A::kEcdsaSha256, "message").status(); });
    world.faults.WaitUntilHeld();
    std::jthread other([&] { second = token->Sign("key", A::kEcdsaSha256, "message").status(); });
    while (world.faults.Calls("C_OpenSession") < 3) std::this_thread::yield();
    world.faults.Release();
  }
  CHECK_OK(first);
  CHECK_OK(second);
  CHECK(token->counts().reconnects == 0);
}

}  // namespace
}  // namespace cairn::crypto::pkcs11
