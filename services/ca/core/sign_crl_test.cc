#include "services/ca/core/sign_crl.h"

#include <catch2/catch.hpp>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/strings.h"
#include "libs/crypto/judge.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/crl.h"
#include "services/ca/core/world.h"

namespace cairn::ca {
namespace {

using errors::Reason;
using testing::World;
using Fault = journal::FaultyLog::Fault;
using KeyFault = testing::FaultySigner::Fault;

base::Call FromUpdater() { return {.peer = "crl-updater.cairn.internal"}; }

v1::SignCrlRequest Request(const World& world, uint64_t number, uint32_t shard = 0) {
  v1::SignCrlRequest request;
  request.set_issuer("issuer-1");
  request.set_shard(shard);
  request.set_number(number);
  request.set_this_update_ms(absl::ToUnixMillis(world.clock.Now()));
  request.set_next_update_ms(absl::ToUnixMillis(world.clock.Now() + absl::Hours(96)));
  return request;
}

absl::StatusOr<v1::SignCrlResponse> Sign(World& world, const v1::SignCrlRequest& request) {
  return world.sign_crl->Run(FromUpdater(), request);
}
absl::StatusOr<v1::SignCrlResponse> Sign(World& world, uint64_t number, uint32_t shard = 0) {
  return Sign(world, Request(world, number, shard));
}

std::string Issue(World& world, uint64_t order_id) {
  return world.Run(world.Request(order_id)).value().serial();
}

std::string Revoked(World& world, const std::string& serial, int reason = 0) {
  v1::RevokeRequest request;
  request.set_serial(serial);
  request.set_reason(reason);
  REQUIRE_OK(world.revoke->Run(FromUpdater(), request));
  return serial;
}

x509::CrlContent ContentOf(const absl::StatusOr<v1::SignCrlResponse>& response) {
  REQUIRE_OK(response);
  return x509::Crl::Parse(response->crl()).value().content();
}

std::set<std::string> SerialsOf(const absl::StatusOr<v1::SignCrlResponse>& response) {
  std::set<std::string> serials;
  for (const x509::RevokedCertificate& one : ContentOf(response).revoked)
    serials.insert(one.serial);
  return serials;
}

int CrlRecords(const World& world) {
  int records = 0;
  for (const v1::JournalRecord& record : world.Records()) {
    if (record.has_crl_intent() || record.has_crl_signed()) ++records;
  }
  return records;
}

TEST_CASE("a CRL lists what the journal says is revoked, signed by the issuer",
          "[CRL-06][CRL-07][CRL-14][REV-01]") {
  World world(GENERATE(std::vector<crypto::KeyType>{crypto::KeyType::kEcP256},
                       std::vector<crypto::KeyType>{crypto::KeyType::kRsa}));
  const std::string good = Issue(world, 1);
  const std::string plain = Revoked(world, Issue(world, 2));
  const std::string compromised = Revoked(world, Issue(world, 3), 1);
  const auto response = Sign(world, 5);
  const x509::CrlContent content = ContentOf(response);
  CHECK(response->number() == 5);
  CHECK(response->entries() == 2);
  CHECK(response->url().empty());
  CHECK(content.number == "\x05");
  CHECK_FALSE(content.scope.has_value());
  CHECK(crypto::judge::VerifyCrl(response->crl(), world.cas[0]->key().public_key()));
  CHECK(crypto::judge::IsOnCrl(response->crl(), plain));
  CHECK(crypto::judge::IsOnCrl(response->crl(), compromised));
  CHECK_FALSE(crypto::judge::IsOnCrl(response->crl(), good));
  for (const x509::RevokedCertificate& one : content.revoked) {
    CHECK(one.reason.has_value() == (one.serial == compromised));
  }
}

TEST_CASE("the intent is on disk and audited before the key is used", "[LINT-08]") {
  World world;
  REQUIRE_OK(Sign(world, 1));
  CHECK(world.happenings.list() == std::vector<std::string>{"crl_intent", "audit crl_signing",
                                                            "sign", "crl_signed",
                                                            "audit crl_signed"});
  const v1::CrlIntent intent = world.Records().at(0).crl_intent();
  CHECK_FALSE(intent.lint_version().empty());
  CHECK_FALSE(intent.lint_digest().empty());
}

TEST_CASE("an empty CRL is signed, too", "[CRL-01][CRL-03][CRL-18]") {
  World world;
  CHECK(SerialsOf(Sign(world, 1)).empty());
}

TEST_CASE("the same number again gives the same octets, and no smaller one is signed", "[CRL-09]") {
  World world;
  const auto first = Sign(world, 10);
  REQUIRE_OK(first);
  Revoked(world, Issue(world, 1));
  if (GENERATE(false, true)) world.Restart();
  world.clock.Advance(absl::Hours(2));
  CHECK(Sign(world, 10).value().crl() == first->crl());
  CHECK(CrlRecords(world) == 2);
  CHECK_REASON(Sign(world, 9), Reason::kReplayed);
  CHECK(SerialsOf(Sign(world, 11)).size() == 1);
  CHECK_REASON(Sign(world, 10), Reason::kReplayed);
}

TEST_CASE("nobody can use the numbers up", "[CRL-09]") {
  World world;
  const auto now = static_cast<uint64_t>(absl::ToUnixNanos(world.clock.Now()));
  CHECK_REASON(Sign(world, 0), Reason::kMalformed);
  CHECK_REASON(Sign(world, now + 1), Reason::kMalformed);
  CHECK_REASON(Sign(world, ~uint64_t{0}), Reason::kMalformed);
  CHECK_OK(Sign(world, now));
  world.clock.Advance(absl::Seconds(1));
  CHECK_OK(Sign(world, now + 1));
}

TEST_CASE("times that the rules forbid are refused, and nothing is journaled",
          "[CRL-04][LINT-93]") {
  World world;
  world.clock.Advance(absl::Hours(24));
  const auto refused = [&](absl::Duration begin, absl::Duration end, Reason reason) {
    v1::SignCrlRequest request = Request(world, 1);
    request.set_this_update_ms(absl::ToUnixMillis(world.clock.Now() + begin));
    request.set_next_update_ms(absl::ToUnixMillis(world.clock.Now() + end));
    CHECK_REASON(Sign(world, request), reason);
  };
  refused(absl::Seconds(1), absl::Hours(1), Reason::kMalformed);
  refused(-absl::Minutes(61), absl::Hours(1), Reason::kMalformed);
  refused(absl::ZeroDuration(), absl::ZeroDuration(), Reason::kMalformed);
  refused(absl::ZeroDuration(), absl::Hours(24 * 400), Reason::kMalformed);
  refused(absl::ZeroDuration(), absl::Hours(240) + absl::Seconds(1), Reason::kInternal);
  CHECK(CrlRecords(world) == 0);
  CHECK(world.happenings.Count("sign") == 0);
  CHECK(world.Audited("signing_refused") == 5);

  v1::SignCrlRequest request = Request(world, 1);
  request.set_next_update_ms(absl::ToUnixMillis(world.clock.Now() + absl::Hours(240)));
  CHECK_OK(Sign(world, request));
  request = Request(world, 2);
  request.set_this_update_ms(absl::ToUnixMillis(world.clock.Now() - absl::Seconds(1)));
  CHECK_REASON(Sign(world, request), Reason::kMalformed);
}

TEST_CASE("there are no CRLs of other issuers or parts", "[CRL-12]") {
  World world;
  CHECK_REASON(Sign(world, 1, 1), Reason::kNotFound);
  v1::SignCrlRequest request = Request(world, 1);
  request.set_issuer("nobody");
  CHECK_REASON(Sign(world, request), Reason::kNotFound);
}

TEST_CASE("an entry stays until a CRL of after its end was signed, and no longer", "[CRL-17]") {
  World world;
  const std::string serial = Revoked(world, Issue(world, 1));
  CHECK(SerialsOf(Sign(world, 1)).contains(serial));
  world.clock.Advance(absl::Hours(200));  // it lives for 144 hours

  // One that was begun and never signed does not count.
  world.signer->FailNext(KeyFault::kNotDone);
  CHECK_REASON(Sign(world, 2), Reason::kUnavailable);
  CHECK(SerialsOf(Sign(world, 3)).contains(serial));
  if (GENERATE(false, true)) world.Restart();
  CHECK(SerialsOf(Sign(world, 4)).empty());
}

TEST_CASE("a CRL that was begun is finished after a crash", "[CRL-09]") {
  const KeyFault fault = GENERATE(KeyFault::kNotDone, KeyFault::kAnswerLost);
  const bool restarts = GENERATE(false, true);
  World world;
  const std::string serial = Revoked(world, Issue(world, 1));
  const v1::SignCrlRequest request = Request(world, 7);
  world.signer->FailNext(fault);
  CHECK_REASON(Sign(world, request), Reason::kUnavailable);
  if (restarts) world.Restart();

  SECTION("with the same content") {
    const auto response = Sign(world, request);
    CHECK(SerialsOf(response) == std::set<std::string>{serial});
    CHECK(CrlRecords(world) == 2);
    CHECK(Sign(world, request)->crl() == response->crl());
  }
  SECTION("but not if it would leave out what was revoked since") {
    const std::string other = Revoked(world, Issue(world, 2));
    CHECK_REASON(Sign(world, request), Reason::kConflict);
    CHECK(SerialsOf(Sign(world, 8)) == std::set<std::string>{serial, other});
  }
  SECTION("nor for other times") {
    v1::SignCrlRequest other = request;
    other.set_next_update_ms(request.next_update_ms() + 1000);
    CHECK_REASON(Sign(world, other), Reason::kConflict);
  }
}

TEST_CASE("where the journal fails no CRL is signed, and the same call again is right",
          "[CRL-09]") {
  const Fault fault = GENERATE(Fault::kNotDone, Fault::kAnswerLost);
  World world;
  const v1::SignCrlRequest request = Request(world, 7);
  world.faulty_log.FailNext(fault);
  CHECK_REASON(Sign(world, request), Reason::kUnavailable);
  CHECK(world.happenings.Count("sign") == 0);
  REQUIRE_OK(Sign(world, request));
  CHECK(CrlRecords(world) == 2);
}

TEST_CASE("a wrong signature stops the issuer, and is no CRL", "[CRL-07][CRL-24]") {
  World world;
  world.signer->FailNext(KeyFault::kWrong);
  CHECK_REASON(Sign(world, 1), Reason::kInternal);
  CHECK(world.Audited("issuer_stopped") == 1);
  CHECK_REASON(Sign(world, 2), Reason::kUnavailable);
  CHECK(CrlRecords(world) == 1);
}

TEST_CASE("an issuer that is only planned signs no CRL; one that signs nothing else does") {
  World world;
  IssuerState state = IssuerState::kPlanned;
  world.configure = [&](IssueCertificate::Rules&, std::vector<Issuer>& issuers) {
    issuers.front().state = state;
  };
  world.Restart();
  CHECK_REASON(Sign(world, 1), Reason::kUnavailable);
  CHECK(CrlRecords(world) == 0);
  state = IssuerState::kCrlOnly;
  world.Restart();
  CHECK_OK(Sign(world, 1));
}

TEST_CASE("all parts together list every revoked serial, each in one part only",
          "[CRL-10][CRL-11][CRL-12][CRL-13]") {
  World world;
  world.configure = [](IssueCertificate::Rules&, std::vector<Issuer>& issuers) {
    issuers.front().crl = {.base_url = "http://crl.test/", .count = 3};
  };
  // Some were revoked when the CRL was still complete.
  std::set<std::string> revoked;
  for (uint64_t i = 1; i <= 5; ++i) revoked.insert(Revoked(world, Issue(world, i)));
  world.Restart();
  for (uint64_t i = 6; i <= 10; ++i) revoked.insert(Revoked(world, Issue(world, i)));
  std::set<std::string> listed;
  size_t count = 0;
  for (uint32_t shard = 0; shard < 3; ++shard) {
    const auto response = Sign(world, 1, shard);
    const x509::CrlContent content = ContentOf(response);
    CHECK(content.scope == x509::CrlScope{.url = base::Cat("http://crl.test/7-", shard, ".crl"),
                                          .only_user_certificates = true});
    CHECK(response->url() == content.scope->url);
    const std::set<std::string> here = SerialsOf(response);
    count += here.size();
    listed.insert(here.begin(), here.end());
  }
  CHECK(listed == revoked);
  CHECK(count == revoked.size());
  CHECK_REASON(Sign(world, 1, 3), Reason::kNotFound);
}

TEST_CASE("a part that was taken away takes no revocation with it", "[CRL-12]") {
  World world;
  uint32_t parts = 8;
  world.configure = [&](IssueCertificate::Rules&, std::vector<Issuer>& issuers) {
    issuers.front().crl = {.base_url = "http://crl.test/", .count = parts};
  };
  world.Restart();
  for (uint64_t i = 1; i <= 12; ++i) Revoked(world, Issue(world, i));
  parts = 9;
  world.Restart();
  CHECK_OK(Sign(world, 1));
  parts = 1;
  world.Restart();
  CHECK_REASON(Sign(world, 2), Reason::kInternal);
  CHECK(world.happenings.Count("sign") == 12 + 1);
}

TEST_CASE("an issuer whose certificate does not allow it signs no CRL", "[CRL-06]") {
  World world;
  world.configure = [&](IssueCertificate::Rules&, std::vector<Issuer>& issuers) {
    issuers.front().certificate = x509::Certificate::Parse(world.ocsp_signer_der).value();
  };
  world.Restart();
  CHECK_REASON(Sign(world, 1), Reason::kInternal);
  CHECK(world.happenings.Count("sign") == 0);
}

}  // namespace
}  // namespace cairn::ca
