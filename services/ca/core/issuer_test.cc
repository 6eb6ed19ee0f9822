#include "services/ca/core/issuer.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "libs/base/random.h"
#include "libs/crypto/private_key.h"
#include "libs/x509/test_certificates.h"

namespace cairn::ca {
namespace {

using crypto::KeyType;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

Issuer MakeIssuer(const std::string& name, KeyType type, absl::Duration life,
                  IssuerState state = IssuerState::kActive, uint32_t weight = 1) {
  const testing::TestIssuer ca(name, type, kNow, kNow + life);
  return {.name = name,
          .certificate = x509::Certificate::Parse(ca.certificate_der()).value(),
          .chain = {ca.certificate_der()},
          .state = state,
          .weight = weight,
          .ca_issuers_url = std::nullopt};
}

// One number after the other, or the same for ever.
class ScriptedRandom final : public base::Random {
 public:
  explicit ScriptedRandom(uint64_t first, uint64_t step = 0) : next_(first), step_(step) {}

  void Fill(std::span<uint8_t> out) override {
    REQUIRE(out.size() == sizeof next_);
    std::memcpy(out.data(), &next_, sizeof next_);
    next_ += step_;
    ++draws_;
  }
  int draws() const { return draws_; }

 private:
  uint64_t next_;
  const uint64_t step_;
  int draws_ = 0;
};

std::string Picked(const Issuers& issuers, KeyType type, absl::Duration life) {
  ScriptedRandom random(0);
  const Issuer* issuer = issuers.Pick(type, kNow + life, random);
  CHECK(issuers.CanPick(type, kNow + life) == (issuer != nullptr));
  return issuer == nullptr ? "" : issuer->name;
}

TEST_CASE("the issuer is picked by the kind of key, state and life", "[PROF-11]") {
  Issuers issuers({MakeIssuer("old", KeyType::kEcP256, absl::Hours(1000), IssuerState::kDraining),
                   MakeIssuer("rsa", KeyType::kRsa, absl::Hours(100)),
                   MakeIssuer("ec-1", KeyType::kEcP256, absl::Hours(10)),
                   MakeIssuer("ec-2", KeyType::kEcP384, absl::Hours(100))});
  CHECK(Picked(issuers, KeyType::kRsa, absl::Hours(5)) == "rsa");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(5)) == "ec-1");
  CHECK(Picked(issuers, KeyType::kEcP384, absl::Hours(5)) == "ec-1");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(10)) == "ec-1");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(10) + absl::Seconds(1)) == "ec-2");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(500)).empty());
  issuers.Stop("ec-1");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(5)) == "ec-2");
  issuers.Stop("ec-2");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(5)) == "rsa");
  issuers.Stop("rsa");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(5)).empty());

  CHECK(issuers.Usable("old") != nullptr);  // to finish what it began
  CHECK(issuers.Usable("rsa") == nullptr);
  CHECK(issuers.Find("rsa") != nullptr);
  CHECK(issuers.Find("none") == nullptr);
}

TEST_CASE("issuers of one kind alone sign for keys of both") {
  const KeyType only = GENERATE(KeyType::kRsa, KeyType::kEcP256);
  const Issuers issuers({MakeIssuer("one", only, absl::Hours(9))});
  CHECK(Picked(issuers, KeyType::kRsa, absl::Hours(5)) == "one");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(5)) == "one");
  CHECK(Picked(issuers, KeyType::kEcP384, absl::Hours(5)) == "one");
}

TEST_CASE("what an issuer may do depends on its state") {
  const auto [state, name, begins, finishes, status] =
      GENERATE(table<IssuerState, std::string, bool, bool, bool>({
          {IssuerState::kPlanned, "planned", false, false, false},
          {IssuerState::kStandby, "standby", true, true, true},
          {IssuerState::kActive, "active", true, true, true},
          {IssuerState::kDraining, "draining", false, true, true},
          {IssuerState::kCrlOnly, "crl_only", false, false, true},
      }));
  INFO(name);
  CHECK(NameOf(state) == name);
  CHECK(IssuerStateFromName(name) == state);
  CHECK(MayBeginCertificates(state) == begins);
  CHECK(MaySignCertificates(state) == finishes);
  CHECK(MaySignStatus(state) == status);
  const Issuers issuers({MakeIssuer("one", KeyType::kEcP256, absl::Hours(9), state)});
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(5)) == (begins ? "one" : ""));
  CHECK((issuers.Usable("one") != nullptr) == finishes);
  CHECK(issuers.Find("one") != nullptr);
  CHECK_FALSE(IssuerStateFromName("retired").has_value());
  CHECK_FALSE(IssuerStateFromName("").has_value());
}

TEST_CASE(
    "an issuer on standby signs when no active one of its kind can, and before another kind") {
  Issuers issuers({MakeIssuer("spare", KeyType::kEcP256, absl::Hours(100), IssuerState::kStandby),
                   MakeIssuer("ec", KeyType::kEcP256, absl::Hours(50)),
                   MakeIssuer("rsa", KeyType::kRsa, absl::Hours(200))});
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(5)) == "ec");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(60)) == "spare");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(150)) == "rsa");
  CHECK(Picked(issuers, KeyType::kRsa, absl::Hours(5)) == "rsa");
  issuers.Stop("ec");
  CHECK(Picked(issuers, KeyType::kEcP256, absl::Hours(5)) == "spare");
  issuers.Stop("rsa");
  CHECK(Picked(issuers, KeyType::kRsa, absl::Hours(5)) == "spare");
}

TEST_CASE("active issuers are drawn exactly as often as their weights say", "[ROOT-21]") {
  const Issuers issuers(
      {MakeIssuer("one", KeyType::kEcP256, absl::Hours(9), IssuerState::kActive, 1),
       MakeIssuer("rsa", KeyType::kRsa, absl::Hours(9), IssuerState::kActive, 1000),
       MakeIssuer("two", KeyType::kEcP256, absl::Hours(9), IssuerState::kActive, 2),
       MakeIssuer("spare", KeyType::kEcP256, absl::Hours(9), IssuerState::kStandby, 7),
       MakeIssuer("short", KeyType::kEcP256, absl::Hours(1), IssuerState::kActive, 9),
       MakeIssuer("three", KeyType::kEcP384, absl::Hours(9), IssuerState::kActive, 3)});
  ScriptedRandom random(0, 1);
  std::map<std::string, int> count;
  for (int i = 0; i < 600; ++i) {
    ++count[issuers.Pick(KeyType::kEcP256, kNow + absl::Hours(5), random)->name];
  }
  CHECK(count == std::map<std::string, int>{{"one", 100}, {"two", 200}, {"three", 300}});
  CHECK(random.draws() == 600);
}

TEST_CASE("numbers that would favour an issuer are drawn again") {
  const Issuers issuers(
      {MakeIssuer("one", KeyType::kEcP256, absl::Hours(9), IssuerState::kActive, 1),
       MakeIssuer("two", KeyType::kEcP256, absl::Hours(9), IssuerState::kActive, 2)});
  // 2^64 = 3 * 6148914691236517205 + 1: only the greatest number is one too many.
  ScriptedRandom last(UINT64_MAX, 1);
  CHECK(issuers.Pick(KeyType::kEcP256, kNow, last)->name == "one");
  CHECK(last.draws() == 2);
  ScriptedRandom last_but_one(UINT64_MAX - 1, 1);
  CHECK(issuers.Pick(KeyType::kEcP256, kNow, last_but_one)->name == "two");
  CHECK(last_but_one.draws() == 1);
  // Nothing is drawn where there is nothing to choose.
  ScriptedRandom unused(0);
  CHECK(issuers.Pick(KeyType::kRsa, kNow + absl::Hours(10), unused) == nullptr);
  const Issuers alone({MakeIssuer("one", KeyType::kEcP256, absl::Hours(9))});
  CHECK(alone.Pick(KeyType::kRsa, kNow, unused)->name == "one");
  CHECK(unused.draws() == 0);
}

TEST_CASE("the keys of issuers are known, whatever their state", "[KEY-18]") {
  const auto state = GENERATE(IssuerState::kPlanned, IssuerState::kDraining, IssuerState::kCrlOnly);
  const Issuers issuers({MakeIssuer("one", KeyType::kEcP256, absl::Hours(1), state)});
  CHECK(issuers.HasKey(issuers.all()[0].certificate.public_key()));
  CHECK_FALSE(issuers.HasKey(crypto::PrivateKey::Generate(KeyType::kEcP256).public_key()));
}

}  // namespace
}  // namespace cairn::ca
