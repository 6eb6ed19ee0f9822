#include <absl/time/time.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <tuple>

#include "libs/crypto/pkcs11/faulty_module.h"
#include "libs/crypto/pkcs11/test_token.h"
#include "libs/crypto/pkcs11/token.h"
#include "libs/errors/errors.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"

// Where a token's PIN comes from, and how often it is shown to the token.
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

TEST_CASE("a PIN comes from a file that only its owner may read", "[ROOT-19]") {
  World world;
  const std::string& path = world.options.pin_path;
  for (const mode_t mode : {0644, 0640, 0602, 0660, 0410}) {
    INFO(mode);
    REQUIRE(chmod(path.c_str(), mode) == 0);
    CHECK_REASON(CheckPinPath(path), Reason::kInternal);
    const absl::Status refused = Token::Open(world.options, world.clock).status();
    CHECK_REASON(refused, Reason::kInternal);
    CHECK(DetailOf(refused).find(path) != std::string::npos);
    CHECK(DetailOf(refused).find("1234") == std::string::npos);
  }
  CHECK(world.faults.Calls("C_Login") == 0);
  for (const mode_t mode : {0400, 0600}) {
    REQUIRE(chmod(path.c_str(), mode) == 0);
    CHECK_OK(CheckPinPath(path));
    CHECK_OK(Token::Open(world.options, world.clock));
  }
}

TEST_CASE("what is no PIN is not shown to the token") {
  World world;
  const auto row = GENERATE(table<const char*, std::string>({
      {"empty", ""},
      {"only a line's end", "\n"},
      {"two lines", "1234\n5678\n"},
      {"too long", std::string(256, '1')},
      {"a NUL", std::string("12\00034", 5)},
  }));
  INFO(std::get<0>(row));
  world.softhsm.dir().Write("issuers.pin", std::get<1>(row));
  CHECK_REASON(Token::Open(world.options, world.clock), Reason::kInternal);
  CHECK(world.faults.Calls("C_Login") == 0);
}

TEST_CASE("a PIN that is not there, or has no place, is told") {
  World world;
  const auto [path, reason] = GENERATE(table<const char*, Reason>({
      {"/nowhere/pin", Reason::kInternal},
      {"relative.pin", Reason::kInternal},
      {"fd:", Reason::kMalformed},
      {"fd:x", Reason::kMalformed},
      {"fd:-1", Reason::kMalformed},
      {"fd:3 ", Reason::kMalformed},
      {"fd:1000", Reason::kInternal},
      {"", Reason::kMalformed},
  }));
  INFO(path);
  world.options.pin_path = path;
  CHECK_REASON(CheckPinPath(path), reason);
  CHECK_REASON(Token::Open(world.options, world.clock), reason);
}

TEST_CASE("a descriptor gives the PIN once, and is closed") {
  World world;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  REQUIRE(write(ends[1], "pin-1234\n", 9) == 9);
  close(ends[1]);
  world.options.pin_path = "fd:" + std::to_string(ends[0]);
  CHECK_OK(CheckPinPath(world.options.pin_path));
  const std::unique_ptr<Token> token = world.Open();
  CHECK(fcntl(ends[0], F_GETFD) == -1);
  REQUIRE_OK(token->GenerateKeyPair("key", KeyType::kEcP256));
  // It is there for the next login, too.
  world.faults.FailNext("C_Sign", 0x32);
  CHECK_REASON(token->Sign("key", A::kEcdsaSha256, "message"), Reason::kUnavailable);
  CHECK_OK(token->Sign("key", A::kEcdsaSha256, "message"));
}

TEST_CASE("a wrong PIN is tried once, and never again", "[ROOT-19]") {
  World world;
  world.softhsm.dir().Write("issuers.pin", "pin-4321");
  const absl::Status refused = Token::Open(world.options, world.clock).status();
  CHECK_REASON(refused, Reason::kInternal);
  CHECK(DetailOf(refused) == "token \"issuers\": C_Login: CKR_PIN_INCORRECT");
  CHECK(world.faults.Calls("C_Login") == 1);
}

TEST_CASE("a token that one more wrong PIN would lock is left alone", "[ROOT-19]") {
  World world;
  const unsigned long flag = GENERATE(0x20000ul, 0x40000ul);  // FINAL_TRY, LOCKED
  world.faults.AddTokenFlags(flag);
  CHECK_REASON(Token::Open(world.options, world.clock), Reason::kInternal);
  CHECK(world.faults.Calls("C_Login") == 0);
}

}  // namespace
}  // namespace cairn::crypto::pkcs11
