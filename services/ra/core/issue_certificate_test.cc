#include "services/ra/core/issue_certificate.h"

#include <catch2/catch.hpp>
#include <string_view>
#include <thread>
#include <vector>

#include "libs/testing/status_matchers.h"
#include "services/ra/core/world.h"

namespace cairn::ra {
namespace {

using core::v1::Order;
using errors::Reason;
using sa::FakeSa;
using testing::World;

const std::vector<std::string> kNames = {"a.test", "b.test"};

struct Finalized {
  explicit Finalized(void (*change)(config::Ra&) = nullptr) : world(change) {}

  // Finalizes and waits until the first worker has done what it could.
  absl::Status Finalize() {
    const v1::FinalizeOrderRequest request = world.Finalize(account, order.order_id(), kNames);
    finalize_jws = request.finalize_jws();
    const auto response = world.finalize_order.Run(world.call, request);
    world.Drain();
    return response.status();
  }
  Order Read() { return world.Read(account, order.order_id()); }
  // Each certificate that was signed is one that the SA knows.
  void CheckEverySerialIsExplained() {
    CHECK_OK(world.Reconcile());
    CHECK(world.sa.certificates() == world.signer.signatures());
  }

  World world;
  core::v1::AccountRef account = world.Account();
  Order order = world.ReadyOrder(account, kNames);
  std::string finalize_jws;
};

TEST_CASE("an issuance hands the signer the evidence, and stores what it gets",
          "[ACME-079][ACME-113][LOG-03]") {
  Finalized finalized;
  World& world = finalized.world;
  REQUIRE_OK(finalized.Finalize());
  const Order order = finalized.Read();
  CHECK(order.status() == Order::STATUS_VALID);
  REQUIRE(world.signer.signatures() == 1);
  CHECK(order.serial() == world.signer.serials()[0]);
  CHECK(world.observer.count(IssuanceOutcome::kIssued) == 1);

  const ca::v1::SignCertificateRequest sign = *world.signer.last_request();
  CHECK(sign.issuance_id() == order.issuance_id());
  CHECK(sign.profile() == "default");
  CHECK(sign.evidence().attempts_size() == 2);
  CHECK(sign.evidence().account().salt().size() == 16);
  CHECK(sign.evidence().account().jwk().find("\"kty\"") != std::string::npos);
  CHECK(sign.evidence().finalize_jws() == finalized.finalize_jws);

  const audit::v1::Event last = world.audit.events().back();
  CHECK(last.issuance_finished().serial() == order.serial());
  CHECK(last.trace_id() == world.call.trace.trace_id);
}

TEST_CASE("one issuance costs four calls, and no more with a fresh validation") {
  Finalized finalized;
  REQUIRE_OK(finalized.Finalize());
  const World& world = finalized.world;
  CHECK(world.sa.calls("GetIssuance") == 0);
  CHECK(world.sa.calls("BeginIssuance") == 1);
  CHECK(world.sa.calls("FinishIssuance") == 1);
  CHECK(world.sa.calls("AddReceipts") == 0);
  CHECK(world.va.check_caa_requests().empty());
}

TEST_CASE("CAA is looked at again when the last look is older than 7 hours",
          "[CAA-05][CAA-06][VAL-08]") {
  Finalized finalized;
  World& world = finalized.world;
  world.clock.Advance(absl::Hours(7) - absl::Seconds(1));
  const bool due = GENERATE(false, true);
  if (due) world.clock.Advance(absl::Seconds(1));
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  REQUIRE(world.va.check_caa_requests().size() == (due ? 1 : 0));
  CHECK(world.signer.last_request()->evidence().attempts_size() == (due ? 4 : 2));
  if (due) {
    const va::v1::CheckCaaRequest check = world.va.check_caa_requests()[0];
    REQUIRE(check.subjects_size() == 2);
    CHECK(check.subjects(0).identifier().value() == "a.test");
    CHECK(check.subjects(0).method() == "http-01");
    CHECK(check.subjects(0).token().empty());
    CHECK(check.subjects(0).account_thumbprint() == finalized.account.thumbprint());
  }
}

TEST_CASE("only the names whose CAA is old are looked at again", "[CAA-06]") {
  World world;
  const core::v1::AccountRef account = world.Account();
  world.ReadyOrder(account, {"a.test"});
  world.clock.Advance(absl::Hours(8));
  const Order order = world.Order(account, kNames);
  REQUIRE_OK(world.Challenge(account, order.order_id(), 1));
  world.Drain();
  REQUIRE_OK(
      world.finalize_order.Run(world.call, world.Finalize(account, order.order_id(), kNames)));
  world.Drain();
  CHECK(world.Read(account, order.order_id()).status() == Order::STATUS_VALID);
  REQUIRE(world.va.check_caa_requests().size() == 1);
  const va::v1::CheckCaaRequest check = world.va.check_caa_requests()[0];
  REQUIRE(check.subjects_size() == 1);
  CHECK(check.subjects(0).identifier().value() == "a.test");
}

TEST_CASE("a CAA record that forbids by now ends the order before anything is signed",
          "[CAA-05][ACME-114]") {
  Finalized finalized;
  finalized.world.clock.Advance(absl::Hours(8));
  finalized.world.va.ForbidCaa("b.test", "issue \";\"");
  REQUIRE_OK(finalized.Finalize());
  const Order order = finalized.Read();
  CHECK(order.status() == Order::STATUS_INVALID);
  CHECK(order.problem().reason() == static_cast<int>(Reason::kCaa));
  CHECK(order.problem().detail().find("b.test") != std::string::npos);
  CHECK(finalized.world.signer.signatures() == 0);
  CHECK(finalized.world.observer.count(IssuanceOutcome::kRefused) == 1);
  const std::vector<audit::v1::Event> events = finalized.world.audit.events();
  CHECK(events.back().issuance_finished().problem().reason() == static_cast<int>(Reason::kCaa));
}

TEST_CASE("a refusal of the signer ends the order, and tells the subscriber what helps",
          "[ACME-068][ACME-114]") {
  const auto [refused, told] = GENERATE(table<Reason, Reason>({
      {Reason::kEvidenceForged, Reason::kUnauthorized},
      {Reason::kEvidenceMismatch, Reason::kUnauthorized},
      {Reason::kEvidenceInsufficient, Reason::kUnauthorized},
      {Reason::kEvidenceStale, Reason::kUnauthorized},
      {Reason::kReplayed, Reason::kUnauthorized},
      {Reason::kCaa, Reason::kCaa},
      {Reason::kBadCsr, Reason::kBadCsr},
      {Reason::kBadPublicKey, Reason::kBadPublicKey},
      {Reason::kRejectedIdentifier, Reason::kRejectedIdentifier},
      {Reason::kInvalidProfile, Reason::kInvalidProfile},
  }));
  Finalized finalized;
  finalized.world.signer.FailNext(errors::Make(refused, "receipt 3 of eu-1"));
  REQUIRE_OK(finalized.Finalize());
  const Order order = finalized.Read();
  CHECK(order.status() == Order::STATUS_INVALID);
  CHECK(order.problem().reason() == static_cast<int>(told));
  const bool public_detail = errors::MappingOf(refused).detail_is_public;
  CHECK((order.problem().detail() == "receipt 3 of eu-1") == public_detail);
  CHECK_FALSE(order.problem().detail().empty());
  finalized.CheckEverySerialIsExplained();
}

TEST_CASE("a signer that comes back within the lease is asked again") {
  Finalized finalized;
  const Reason reason =
      GENERATE(Reason::kUnavailable, Reason::kOverloaded, Reason::kDeadlineExceeded);
  finalized.world.signer.FailNext(errors::Make(reason, "x"));
  finalized.world.signer.FailNext(errors::Make(reason, "x"));
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(finalized.world.pause.pauses() == 2);
}

TEST_CASE("a signer that fails is not asked again and again, but by the next holder") {
  Finalized finalized;
  finalized.world.signer.FailNext(errors::Make(Reason::kInternal, "disk full"));
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_PROCESSING);
  CHECK(finalized.world.pause.pauses() == 0);
  CHECK(finalized.world.observer.count(IssuanceOutcome::kUnfinished) == 1);
  finalized.world.Recover();
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
}

// Every step, once not done and once done with its answer lost; with the worker
// that met the fault alive, or dead at once (it can't retry).
TEST_CASE("an issuance survives every loss of a step or of its answer",
          "[ACME-080][ACME-114][ACME-115]") {
  struct Case {
    const char* method;
    bool but_done;
  };
  const auto [method, but_done] = GENERATE(values<Case>({
      {"BeginIssuance", false},
      {"BeginIssuance", true},
      {"CheckCaa", false},
      {"AddReceipts", false},
      {"AddReceipts", true},
      {"SignCertificate", false},
      {"SignCertificate", true},
      {"FinishIssuance", false},
      {"FinishIssuance", true},
  }));
  const bool worker_dies = GENERATE(false, true);
  INFO(method << (but_done ? ", done" : ", not done") << (worker_dies ? ", worker dies" : ""));
  Finalized finalized;
  World& world = finalized.world;
  world.clock.Advance(absl::Hours(8));  // so that CAA is due
  world.pause.SetStopped(worker_dies);

  const absl::Status lost = errors::Make(Reason::kUnavailable, "lost");
  if (std::string_view(method) == "CheckCaa") {
    world.va.FailNext(lost);
  } else if (std::string_view(method) == "SignCertificate") {
    world.signer.FailNext(lost, but_done);
  } else {
    world.sa.FailNext(method,
                      but_done ? FakeSa::Fault::kDoneButAnswerLost : FakeSa::Fault::kNotDone);
  }
  if (!finalized.Finalize().ok() && !but_done) {
    // Nothing was promised: the order is as it was, and the client tries again.
    CHECK(finalized.Read().status() == Order::STATUS_READY);
    CHECK_OK(finalized.Finalize());
  }
  world.pause.SetStopped(false);
  world.Recover();
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(world.signer.signatures() == 1);
  CHECK(world.sa.certificates() == 1);
  CHECK(finalized.Read().serial() == world.signer.serials()[0]);
  finalized.CheckEverySerialIsExplained();
}

TEST_CASE("an order that can't be issued becomes invalid in time", "[ACME-114]") {
  Finalized finalized;
  World& world = finalized.world;
  world.signer.SetAway(true);
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_PROCESSING);
  const absl::Time began = world.clock.Now();
  while (finalized.Read().status() == Order::STATUS_PROCESSING &&
         world.clock.Now() < began + 2 * world.options.work_timeout) {
    world.Recover();
  }
  CHECK(finalized.Read().status() == Order::STATUS_INVALID);
  CHECK(finalized.Read().problem().reason() == static_cast<int>(Reason::kInternal));
  world.signer.SetAway(false);
  finalized.CheckEverySerialIsExplained();
}

TEST_CASE("an order that was given up after the signer signed leaves a known certificate",
          "[ACME-114]") {
  Finalized finalized;
  World& world = finalized.world;
  world.signer.FailNext(errors::Make(Reason::kInternal, "answer lost for good"), true);
  REQUIRE_OK(finalized.Finalize());
  world.signer.SetAway(true);
  world.clock.Advance(world.options.work_timeout);
  world.Recover();
  CHECK(finalized.Read().status() == Order::STATUS_INVALID);
  world.signer.SetAway(false);
  CHECK(world.signer.signatures() == 1);
  finalized.CheckEverySerialIsExplained();
  CHECK(finalized.Read().status() == Order::STATUS_INVALID);
}

TEST_CASE("two workers on one issuance make one certificate", "[ACME-115]") {
  Finalized finalized;
  World& world = finalized.world;
  world.signer.FailNext(errors::Make(Reason::kInternal, "x"));
  REQUIRE_OK(finalized.Finalize());
  base::Call leased = world.call;
  leased.deadline = world.clock.Now() + absl::Seconds(18);
  std::vector<std::jthread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] { world.issue.Resume(leased, finalized.order.order_id()); });
  }
  workers.clear();
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(world.signer.signatures() == 1);
  CHECK(world.sa.certificates() == 1);
  finalized.CheckEverySerialIsExplained();
}

TEST_CASE("a certificate whose end can't be put on record is stored all the same") {
  Finalized finalized;
  World& world = finalized.world;
  world.signer.FailNext(errors::Make(Reason::kInternal, "x"));
  REQUIRE_OK(finalized.Finalize());
  world.audit.SetFailing(true);
  world.Recover();
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(world.observer.failures() == std::vector<std::string>{"audit"});
}

}  // namespace
}  // namespace cairn::ra
