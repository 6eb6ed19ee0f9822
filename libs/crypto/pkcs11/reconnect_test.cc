#include <absl/time/time.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/clock.h"
#include "libs/crypto/pkcs11/faulty_module.h"
#include "libs/crypto/pkcs11/test_token.h"
#include "libs/crypto/pkcs11/token.h"
#include "libs/errors/errors.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"

// What happens when the token, or its session, goes away.
namespace cairn::crypto::pkcs11 {
namespace {

using errors::Reason;
using testing::FakeClock;
using testing::FaultyModule;
using testing::SoftHsm;

constexpr SignatureAlgorithm kAlgorithm = SignatureAlgorithm::kEcdsaSha256;
constexpr unsigned long kDeviceRemoved = 0x32;

std::string DetailOf(const absl::Status& status) { return errors::PayloadOf(status).detail(); }

// A token with a key, behind a module that fails on demand.
struct World {
  World() {
    faults.Reset();
    token = Token::Open(options, clock).value();
    key = std::make_unique<PublicKey>(token->GenerateKeyPair("key", KeyType::kEcP256).value());
    faults.Reset();
  }

  absl::Status Sign() const {
    const absl::StatusOr<std::string> signature = token->Sign("key", kAlgorithm, "message");
    if (!signature.ok()) return signature.status();
    return key->Verify(kAlgorithm, "message", *signature)
               ? absl::OkStatus()
               : errors::Make(Reason::kInternal, "a wrong signature");
  }

  SoftHsm softhsm;
  FakeClock clock{absl::FromUnixSeconds(1795000000)};
  FaultyModule& faults = testing::TheFaultyModule();
  TokenOptions options = softhsm.AddToken("issuers", testing::FaultyModulePath());
  std::unique_ptr<Token> token;
  std::unique_ptr<PublicKey> key;
};

TEST_CASE("a lost token is told, and the next call connects again") {
  const auto [name, code] = GENERATE(table<const char*, unsigned long>({
      {"CKR_HOST_MEMORY", 0x2},
      {"CKR_SLOT_ID_INVALID", 0x3},
      {"CKR_GENERAL_ERROR", 0x5},
      {"CKR_FUNCTION_FAILED", 0x6},
      {"CKR_DEVICE_ERROR", 0x30},
      {"CKR_DEVICE_MEMORY", 0x31},
      {"CKR_DEVICE_REMOVED", 0x32},
      {"CKR_KEY_HANDLE_INVALID", 0x60},
      {"CKR_OBJECT_HANDLE_INVALID", 0x82},
      {"CKR_OPERATION_ACTIVE", 0x90},
      {"CKR_SESSION_CLOSED", 0xb0},
      {"CKR_SESSION_HANDLE_INVALID", 0xb3},
      {"CKR_TOKEN_NOT_PRESENT", 0xe0},
      {"CKR_TOKEN_NOT_RECOGNIZED", 0xe1},
      {"CKR_USER_NOT_LOGGED_IN", 0x101},
      {"CKR_CRYPTOKI_NOT_INITIALIZED", 0x190},
      {"CKR_0x80000042", 0x80000042},  // a vendor's own
  }));
  World world;
  const std::string function = GENERATE("C_SignInit", "C_Sign");
  world.faults.FailNext(function, code);
  const absl::Status lost = world.Sign();
  CHECK_REASON(lost, Reason::kUnavailable);
  CHECK(DetailOf(lost) == "token \"issuers\": " + function + ": " + name);
  CHECK_OK(world.Sign());
  CHECK(world.faults.Calls("C_Initialize") == 1);
  CHECK(world.faults.Calls("C_Login") == 1);
  CHECK(world.token->counts().reconnects == 1);
}

TEST_CASE("a call that is wrong for the key leaves the connection alone") {
  const auto [name, code] = GENERATE(table<const char*, unsigned long>({
      {"CKR_ARGUMENTS_BAD", 0x7},
      {"CKR_DATA_LEN_RANGE", 0x21},
      {"CKR_FUNCTION_NOT_SUPPORTED", 0x54},
      {"CKR_KEY_FUNCTION_NOT_PERMITTED", 0x68},
      {"CKR_KEY_TYPE_INCONSISTENT", 0x63},
      {"CKR_MECHANISM_INVALID", 0x70},
  }));
  World world;
  world.faults.FailNext("C_SignInit", code);
  const absl::Status refused = world.Sign();
  CHECK_REASON(refused, Reason::kInternal);
  CHECK(DetailOf(refused) == std::string("token \"issuers\": C_SignInit: ") + name);
  CHECK_OK(world.Sign());
  CHECK(world.faults.Calls("C_Initialize") == 0);
  CHECK(world.token->counts().reconnects == 0);
}

TEST_CASE("a token that stays away is looked for with growing pauses, and by nobody between") {
  World world;
  world.softhsm.Remove();
  CHECK_REASON(world.Sign(), Reason::kUnavailable);  // finds out
  CHECK_REASON(world.Sign(), Reason::kUnavailable);  // tries at once, in vain
  CHECK(world.faults.Calls("C_Initialize") == 1);
  int tries = 1;
  for (const int pause : {100, 200, 400, 800, 1600, 2000, 2000, 2000}) {
    INFO(pause);
    world.clock.Advance(absl::Milliseconds(pause - 1));
    CHECK_REASON(world.Sign(), Reason::kUnavailable);
    CHECK_REASON(world.token->Check(), Reason::kUnavailable);
    CHECK(world.faults.Calls("C_Initialize") == tries);
    world.clock.Advance(absl::Milliseconds(1));
    CHECK_REASON(world.Sign(), Reason::kUnavailable);
    CHECK(world.faults.Calls("C_Initialize") == ++tries);
  }
  CHECK(world.faults.Calls("C_Login") == 0);
  world.softhsm.BringBack();
  world.clock.Advance(absl::Seconds(2));
  CHECK_OK(world.Sign());
  CHECK(world.token->counts().reconnects == 1);
}

TEST_CASE("without a request, the health check finds that the token went and came back") {
  World world;
  CHECK_OK(world.token->Check());
  world.softhsm.Remove();
  const absl::Status away = world.token->Check();
  CHECK_REASON(away, Reason::kUnavailable);
  CHECK(DetailOf(away) == "token \"issuers\": C_GetTokenInfo: CKR_GENERAL_ERROR");
  world.softhsm.BringBack();
  CHECK_OK(world.token->Check());
  CHECK_OK(world.Sign());
}

TEST_CASE("a session that was logged out is not healthy") {
  World world;
  world.faults.FailNext("C_GetSessionInfo", 0xb3);
  CHECK_REASON(world.token->Check(), Reason::kUnavailable);
  CHECK_OK(world.token->Check());
}

TEST_CASE("a token that fails as soon as it is used is not connected in a tight loop") {
  World world;
  world.faults.FailNext("C_Sign", kDeviceRemoved);
  CHECK_REASON(world.Sign(), Reason::kUnavailable);
  CHECK_OK(world.token->Check());  // connects, and proves the key
  for (int i = 0; i < 100; ++i) {
    world.faults.FailNext("C_SignInit", kDeviceRemoved);
    CHECK_REASON(world.Sign(), Reason::kUnavailable);
  }
  CHECK(world.faults.Calls("C_Initialize") == 1);
  world.faults.FailNext("C_SignInit", 0, 0);
  world.clock.Advance(absl::Seconds(2));
  CHECK_OK(world.Sign());
}

TEST_CASE("one caller connects; others are refused when they have waited long enough") {
  World world;
  world.options.wait = absl::ZeroDuration();
  world.token = Token::Open(world.options, world.clock).value();
  CHECK_OK(world.Sign());
  world.faults.FailNext("C_Sign", kDeviceRemoved);
  CHECK_REASON(world.Sign(), Reason::kUnavailable);
  world.faults.Reset();
  world.faults.HoldNext("C_Initialize");
  absl::Status first;
  {
    std::jthread caller([&] { first = world.Sign(); });
    world.faults.WaitUntilHeld();
    const absl::Status refused = world.Sign();
    CHECK_REASON(refused, Reason::kUnavailable);
    CHECK(DetailOf(refused) == "token \"issuers\": C_Sign: CKR_DEVICE_REMOVED");
    world.faults.Release();
  }
  CHECK_OK(first);
  CHECK(world.faults.Calls("C_Initialize") == 1);
}

TEST_CASE("a PIN that is wrong all of a sudden is tried once until its file changes", "[ROOT-19]") {
  World world;
  world.softhsm.dir().Write("issuers.pin", "pin-4321\n");
  world.faults.FailNext("C_Sign", kDeviceRemoved);
  CHECK_REASON(world.Sign(), Reason::kUnavailable);
  for (int i = 0; i < 20; ++i) {
    const absl::Status refused = world.Sign();
    CHECK_REASON(refused, Reason::kUnavailable);  // orders may wait for a person
    CHECK(DetailOf(refused).find("C_Login: CKR_PIN_INCORRECT") != std::string::npos);
    world.clock.Advance(absl::Seconds(2));
  }
  CHECK(world.faults.Calls("C_Login") == 1);
  CHECK(world.faults.Calls("C_Initialize") > 10);
  world.softhsm.dir().Write("issuers.pin", "pin-1234\n");
  CHECK_OK(world.Sign());
  CHECK(world.faults.Calls("C_Login") == 2);
}

TEST_CASE("another key under the same label is never used", "[ROOT-13]") {
  World world;
  const std::unique_ptr<Token> other = Token::Open(world.options, world.clock).value();
  REQUIRE_OK(other->DestroyKeyPair("key"));
  const absl::Status gone = world.Sign();
  CHECK_REASON(gone, Reason::kUnavailable);
  world.clock.Advance(absl::Seconds(2));
  const absl::Status absent = world.Sign();
  CHECK_REASON(absent, Reason::kUnavailable);
  CHECK(DetailOf(absent) == "token \"issuers\": key \"key\": the private half is not there");
  REQUIRE_OK(other->GenerateKeyPair("key", KeyType::kEcP256));
  world.clock.Advance(absl::Seconds(2));
  const absl::Status another = world.Sign();
  CHECK_REASON(another, Reason::kUnavailable);
  CHECK(DetailOf(another) == "token \"issuers\": key \"key\": is another key than before");
}

TEST_CASE("who shares the module with a token that is lost notices nothing") {
  World world;
  world.token.reset();
  const TokenOptions options = world.softhsm.AddToken("second", testing::FaultyModulePath());
  world.token = Token::Open(world.options, world.clock).value();
  const std::unique_ptr<Token> second = Token::Open(options, world.clock).value();
  REQUIRE_OK(second->GenerateKeyPair("its", KeyType::kEcP256));
  CHECK_OK(world.Sign());
  world.faults.Reset();
  std::atomic<bool> stop = false;
  std::atomic<int> calls = 0;
  absl::Status failure;
  {
    std::jthread caller([&] {
      while (!stop) {
        const absl::Status status = second->Sign("its", kAlgorithm, "message").status();
        ++calls;
        if (!status.ok()) failure = status;
      }
    });
    for (int i = 0; i < 10; ++i) {
      const int before = calls;
      while (calls < before + 10) std::this_thread::yield();
      world.faults.FailNext("C_GetSessionInfo", 0xb3);  // only a health check asks for it
      CHECK_REASON(world.token->Check(), Reason::kUnavailable);
      world.clock.Advance(absl::Seconds(2));
      CHECK_OK(world.token->Check());
    }
    stop = true;
  }
  CHECK_OK(failure);
  CHECK(world.token->counts().reconnects == 10);
}

// Callers that sign without a pause. Whatever is signed verifies, and whatever is
// not is refused with kUnavailable and a reason.
class Load {
 public:
  explicit Load(World& world) : world_(world) {
    for (int i = 0; i < 4; ++i) callers_.emplace_back([this] { Run(); });
  }
  ~Load() { stop_ = true; }

  void WaitForGood() const { WaitFor(good_); }
  void WaitForRefused() const { WaitFor(refused_); }
  int wrong() const { return wrong_; }

 private:
  void Run() {
    while (!stop_) {
      const absl::Status status = world_.Sign();
      if (status.ok()) {
        ++good_;
      } else if (errors::ReasonOf(status) == Reason::kUnavailable &&
                 DetailOf(status).find("token \"issuers\": ") != std::string::npos) {
        ++refused_;
      } else {
        ++wrong_;
      }
    }
  }
  void WaitFor(const std::atomic<int>& count) const {
    const int before = count;
    while (count < before + 20) std::this_thread::yield();
  }

  World& world_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> good_ = 0;
  std::atomic<int> refused_ = 0;
  std::atomic<int> wrong_ = 0;
  std::vector<std::jthread> callers_;
};

TEST_CASE("a token that goes and comes back under load serves again by itself") {
  World world;
  base::SystemClock system;
  world.token = Token::Open(world.options, system).value();
  CHECK_OK(world.Sign());
  {
    Load load(world);
    for (int i = 0; i < 3; ++i) {
      load.WaitForGood();
      world.softhsm.Remove();
      load.WaitForRefused();
      world.softhsm.BringBack();
    }
    load.WaitForGood();
    CHECK(load.wrong() == 0);
  }
  CHECK(world.token->counts().reconnects >= 3);
}

TEST_CASE("files of the token that are damaged, and mended, stop nothing for ever") {
  World world;
  base::SystemClock system;
  world.token = Token::Open(world.options, system).value();
  CHECK_OK(world.Sign());
  const std::string tokens = world.softhsm.dir().File("tokens");
  const std::string copy = world.softhsm.dir().File("copy");
  namespace fs = std::filesystem;
  fs::copy(tokens, copy, fs::copy_options::recursive);
  {
    Load load(world);
    load.WaitForGood();
    for (const auto& file : fs::recursive_directory_iterator(tokens)) {
      if (file.path().extension() == ".object") fs::resize_file(file.path(), 0);
    }
    load.WaitForRefused();
    fs::copy(copy, tokens, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    load.WaitForGood();
    CHECK(load.wrong() == 0);
  }
}

}  // namespace
}  // namespace cairn::crypto::pkcs11
