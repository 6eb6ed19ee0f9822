#include "services/ca/core/revoke.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/call.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "services/ca/core/world.h"

namespace cairn::ca {
namespace {

using errors::Reason;
using testing::World;
using Fault = journal::FaultyLog::Fault;

base::Call FromRa() { return {.peer = "ra.cairn.internal"}; }

absl::StatusOr<v1::RevokeResponse> Ask(World& world, const std::string& serial, int reason = 0,
                                       absl::Time at = absl::UnixEpoch()) {
  v1::RevokeRequest request;
  request.set_serial(serial);
  request.set_reason(reason);
  request.set_revoked_at_ms(absl::ToUnixMillis(at));
  return world.revoke->Run(FromRa(), request);
}

std::string Issue(World& world, uint64_t order_id = 1) {
  return world.Run(world.Request(order_id)).value().serial();
}

std::vector<v1::Revocation> Revocations(const World& world) {
  std::vector<v1::Revocation> revocations;
  for (const v1::JournalRecord& record : world.Records()) {
    if (record.has_revocation()) revocations.push_back(record.revocation());
  }
  return revocations;
}

TEST_CASE("a revocation is audited and journaled, with who asked", "[REV-01][REV-25]") {
  World world;
  const std::string serial = Issue(world);
  const auto response = Ask(world, serial);
  REQUIRE_OK(response);
  CHECK(response->issuer() == "issuer-1");
  CHECK(response->reason() == 0);
  CHECK(response->revoked_at_ms() == absl::ToUnixMillis(world.clock.Now()));
  REQUIRE(Revocations(world).size() == 1);
  const v1::Revocation record = Revocations(world)[0];
  CHECK(record.serial() == serial);
  CHECK(record.peer() == "ra.cairn.internal");
  CHECK(record.not_after_ms() > response->revoked_at_ms());
  CHECK(world.Audited("revocation_requested") == 1);
}

TEST_CASE("every reason of BR 7.2.2 is taken, and no other",
          "[REV-02][REV-03][REV-05][REV-12][CRL-15]") {
  World world;
  const std::string serial = Issue(world);
  for (const int bad : {2, 6, 7, 8, 10, 11, -1}) {
    CHECK_REASON(Ask(world, serial, bad), Reason::kBadRevocationReason);
  }
  CHECK(Revocations(world).empty());
  CHECK(world.Audited("signing_refused") == 7);
  uint64_t order_id = 10;
  for (const int good : {0, 1, 3, 4, 5, 9}) {
    CHECK(Ask(world, Issue(world, ++order_id), good).value().reason() == good);
  }
}

TEST_CASE("what is revoked is never anything else, but for key compromise", "[REV-16][REV-25]") {
  World world;
  const std::string serial = Issue(world);
  const absl::Time first = world.clock.Now();
  REQUIRE_OK(Ask(world, serial, 4));
  if (GENERATE(false, true)) world.Restart();
  world.clock.Advance(absl::Hours(1));

  SECTION("the same again, or another reason, changes nothing") {
    for (const int reason : {4, 0, 3, 5, 9}) {
      const auto again = Ask(world, serial, reason);
      REQUIRE_OK(again);
      CHECK(again->reason() == 4);
      CHECK(again->revoked_at_ms() == absl::ToUnixMillis(first));
    }
    CHECK(Revocations(world).size() == 1);
  }
  SECTION("a compromise that is known later replaces the reason, and keeps the date") {
    CHECK(Ask(world, serial, 1).value().reason() == 1);
    const auto last = Ask(world, serial, 4);
    CHECK(last->reason() == 1);
    CHECK(last->revoked_at_ms() == absl::ToUnixMillis(first));
    CHECK(Revocations(world).size() == 2);
  }
  SECTION("the date of a compromise only moves back, and not before notBefore") {
    const absl::Time earlier = first - absl::Minutes(30);
    CHECK(Ask(world, serial, 1, earlier)->revoked_at_ms() == absl::ToUnixMillis(earlier));
    CHECK(Ask(world, serial, 1, first)->revoked_at_ms() == absl::ToUnixMillis(earlier));
    CHECK_REASON(Ask(world, serial, 1, first - absl::Hours(2)), Reason::kMalformed);
    CHECK(Ask(world, serial, 1)->revoked_at_ms() == absl::ToUnixMillis(earlier));
  }
}

TEST_CASE("dates that nobody can know are refused", "[REV-16]") {
  World world;
  const std::string serial = Issue(world);
  const absl::Time issued = world.clock.Now();
  CHECK_REASON(Ask(world, serial, 0, issued + absl::Seconds(1)), Reason::kMalformed);
  CHECK_REASON(Ask(world, serial, 1, issued + absl::Seconds(1)), Reason::kMalformed);
  world.clock.Advance(absl::Hours(25));
  CHECK_REASON(Ask(world, serial, 4, issued), Reason::kMalformed);
  CHECK(Revocations(world).empty());
  CHECK_OK(Ask(world, serial, 1, issued));
}

TEST_CASE("only a serial of this signer is revoked; a precertificate's is", "[REV-24][PROF-40]") {
  World world;
  CHECK_REASON(Ask(world, std::string(16, '\x07')), Reason::kNotFound);
  CHECK_REASON(Ask(world, "short"), Reason::kMalformed);
  CHECK_REASON(Ask(world, std::string(16, '\x80')), Reason::kMalformed);
  world.configure = [](IssueCertificate::Rules& rules, std::vector<Issuer>&) {
    rules.with_ct = true;
  };
  world.Restart();
  CHECK_OK(Ask(world, Issue(world)));
}

TEST_CASE("a serial that may have been signed before a crash can be revoked", "[REV-24]") {
  World world;
  world.signer->FailNext(testing::FaultySigner::Fault::kAnswerLost);
  CHECK_REASON(world.Run(world.Request()), Reason::kUnavailable);
  world.Restart();
  CHECK_OK(Ask(world, world.Intents().at(0).serial()));
}

TEST_CASE("an expired certificate is not revoked, and one that was stays as it is", "[CRL-17]") {
  World world;
  const std::string one = Issue(world, 1);
  const std::string two = Issue(world, 2);
  REQUIRE_OK(Ask(world, one, 4));
  world.clock.Advance(absl::Hours(200));
  CHECK_REASON(Ask(world, two), Reason::kMalformed);
  CHECK(Ask(world, one, 1).value().reason() == 4);
}

TEST_CASE("a journal that fails is an error, and the same call again is right", "[REV-25]") {
  const Fault fault = GENERATE(Fault::kNotDone, Fault::kAnswerLost);
  World world;
  const std::string serial = Issue(world);
  world.faulty_log.FailNext(fault);
  CHECK_REASON(Ask(world, serial, 3), Reason::kUnavailable);
  CHECK_OK(Ask(world, serial, 3));
  CHECK(Revocations(world).size() == 1);
}

TEST_CASE("of many who revoke one serial at once, one makes the record", "[REV-25]") {
  World world;
  const std::string serial = Issue(world);
  std::vector<std::thread> threads;
  std::atomic<int> done = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { done += Ask(world, serial, 4).ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(done == 8);
  CHECK(Revocations(world).size() == 1);
}

TEST_CASE("the part of the CRL is fixed when the certificate is revoked", "[CRL-12][CRL-13]") {
  World world;
  world.configure = [](IssueCertificate::Rules&, std::vector<Issuer>& issuers) {
    issuers.front().crl = {.base_url = "http://crl.test/", .count = 4};
  };
  world.Restart();
  const std::string serial = Issue(world);
  REQUIRE_OK(Ask(world, serial));
  const CrlParts& parts = world.issuers->all().front().crl;
  CHECK(Revocations(world)[0].crl_url() == parts.UrlOf(7, parts.ShardOf(serial)));
}

}  // namespace
}  // namespace cairn::ca
