#include "services/ra/core/issue_certificate.h"

#include <catch2/catch.hpp>
#include <string_view>
#include <thread>
#include <vector>

#include "libs/ct/precertificate.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/certificate.h"
#include "services/ra/core/world.h"

namespace cairn::ra {
namespace {

using core::v1::Order;
using errors::Reason;
using sa::FakeSa;
using testing::WithCt;
using testing::World;
using Fault = ca::FakeSigner::Fault;
using Method = ca::FakeSigner::Method;

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
  // Each certificate and precertificate that was signed is one that the SA knows.
  void CheckEverySerialIsExplained() {
    CHECK_OK(world.Reconcile());
    CHECK(world.sa.serials() == static_cast<int>(world.signer.serials().size()));
    CHECK(world.sa.certificates() + (world.options.ct ? world.sa.serials() : 0) ==
          world.signer.signatures());
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

  const ca::v1::SignCertificateRequest sign = world.signer.certificate_requests().back();
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
  CHECK(world.signer.certificate_requests().back().evidence().attempts_size() == (due ? 4 : 2));
  if (due) {
    const va::v1::CheckCaaRequest check = world.va.check_caa_requests()[0];
    REQUIRE(check.subjects_size() == 2);
    CHECK(check.subjects(0).identifier().value() == "a.test");
    CHECK(check.subjects(0).method() == "http-01");
    CHECK(check.subjects(0).caa_only());
    CHECK(check.subjects(0).token().empty());
    CHECK(check.subjects(0).account_thumbprint() == finalized.account.thumbprint());
  }
}

// BR 4.2.2.1: one that was checked and logged before.
TEST_CASE("the certificate of a precertificate needs no look at CAA of its own", "[CAA-07]") {
  Finalized finalized(WithCt);
  const bool due = GENERATE(false, true);
  if (due) finalized.world.clock.Advance(absl::Hours(7));
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(finalized.world.signer.signatures() == 2);
  CHECK(finalized.world.va.check_caa_requests().size() == (due ? 1 : 0));
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

TEST_CASE("each name that the recheck refuses is a subproblem of the order's error",
          "[CAA-29][CAA-30]") {
  World world;
  const core::v1::AccountRef account = world.Account();
  const Order order = world.ReadyOrder(account, {"a.test", "b.test", "c.test"});
  world.clock.Advance(absl::Hours(8));
  world.va.ForbidCaa("a.test", std::string(1000, 'x'));
  world.va.ForbidCaa("c.test", "issue \";\"");
  REQUIRE_OK(world.finalize_order.Run(
      world.call, world.Finalize(account, order.order_id(), {"a.test", "b.test", "c.test"})));
  world.Drain();
  const Order refused = world.Read(account, order.order_id());
  CHECK(refused.status() == Order::STATUS_INVALID);
  const core::v1::Problem& problem = refused.problem();
  CHECK(problem.reason() == static_cast<int>(Reason::kCaa));
  CHECK(problem.detail().find("2 names") != std::string::npos);
  REQUIRE(problem.subproblems_size() == 2);
  CHECK(problem.subproblems(0).identifier().value() == "a.test");
  // So that what 100 names need can be stored.
  CHECK(problem.subproblems(0).detail().size() <= 310);
  CHECK(problem.subproblems(1).identifier().value() == "c.test");
  CHECK(problem.subproblems(1).reason() == static_cast<int>(Reason::kCaa));
  CHECK(problem.subproblems(1).detail().find("issue") != std::string::npos);
  CHECK(world.signer.signatures() == 0);
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
  finalized.world.FailSigner(errors::Make(refused, "receipt 3 of eu-1"));
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
  finalized.world.FailSigner(errors::Make(reason, "x"));
  finalized.world.FailSigner(errors::Make(reason, "x"));
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(finalized.world.pause.pauses() == 2);
}

TEST_CASE("a signer that fails is not asked again and again, but by the next holder") {
  Finalized finalized;
  finalized.world.FailSigner(errors::Make(Reason::kInternal, "disk full"));
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
    world.FailSigner(lost, but_done ? Fault::kAnswerLost : Fault::kNotDone);
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

TEST_CASE("with CT an issuance goes over a precertificate and SCTs for it",
          "[CT-01][CT-16][PROF-39]") {
  Finalized finalized(WithCt);
  World& world = finalized.world;
  REQUIRE_OK(finalized.Finalize());
  const Order order = finalized.Read();
  CHECK(order.status() == Order::STATUS_VALID);
  CHECK(world.signer.signatures() == 2);
  REQUIRE(world.signer.serials().size() == 1);
  CHECK(order.serial() == world.signer.serials()[0]);

  // The evidence goes with the precertificate, and the SCTs with the certificate.
  REQUIRE(world.signer.precertificate_requests().size() == 1);
  const auto precertificate = world.signer.precertificate_requests()[0];
  CHECK(precertificate.issuance_id() == order.issuance_id());
  CHECK(precertificate.profile() == "default");
  CHECK(precertificate.evidence().attempts_size() == 2);
  CHECK(precertificate.evidence().finalize_jws() == finalized.finalize_jws);
  REQUIRE(world.publisher.requests().size() == 1);
  CHECK(world.publisher.requests()[0].chain_size() == 2);
  REQUIRE(world.signer.certificate_requests().size() == 1);
  const auto certificate = world.signer.certificate_requests()[0];
  CHECK(certificate.issuance_id() == order.issuance_id());
  CHECK(certificate.scts_size() == 2);
  CHECK_FALSE(certificate.has_evidence());

  sa::v1::GetCertificateRequest get;
  *get.mutable_account() = finalized.account;
  get.set_serial(order.serial());
  const auto stored = world.sa.GetCertificate(world.call, get);
  REQUIRE_OK(stored);
  const auto parsed = x509::Certificate::Parse(stored->certificate());
  REQUIRE_OK(parsed);
  CHECK(ct::SctsOf(parsed->tbs_der())->size() == 2);
  CHECK(world.audit.events().back().issuance_finished().serial() == order.serial());
  // Due for submission at once (CT-02).
  CHECK(world.sa.log_state(order.serial()).due_at == absl::ToUnixSeconds(world.clock.Now()));
  finalized.CheckEverySerialIsExplained();
}

TEST_CASE("with CT one issuance costs one call of the SA more, and without none") {
  const bool ct = GENERATE(false, true);
  Finalized finalized(ct ? WithCt : nullptr);
  REQUIRE_OK(finalized.Finalize());
  const World& world = finalized.world;
  CHECK(world.sa.calls("BeginIssuance") == 1);
  CHECK(world.sa.calls("StorePrecertificate") == (ct ? 1 : 0));
  CHECK(world.sa.calls("KeepScts") == 0);
  CHECK(world.sa.calls("FinishIssuance") == 1);
  CHECK(world.sa.calls("GetIssuance") == 0);
  CHECK(world.publisher.requests().size() == (ct ? 1 : 0));
  CHECK(world.signer.precertificate_requests().size() == (ct ? 1 : 0));
  CHECK(world.signer.certificate_requests().size() == 1);
}

TEST_CASE("with CT too an issuance survives every loss of a step or of its answer",
          "[ACME-114][ACME-115][CT-16][CT-17][PROF-40]") {
  struct Case {
    const char* method;
    bool but_done;
  };
  const auto [name, but_done] = GENERATE(values<Case>({
      {"BeginIssuance", true},
      {"CheckCaa", false},
      {"AddReceipts", false},
      {"AddReceipts", true},
      {"SignPrecertificate", false},
      {"SignPrecertificate", true},
      {"StorePrecertificate", false},
      {"StorePrecertificate", true},
      {"GetScts", false},
      {"SignCertificate", false},
      {"SignCertificate", true},
      {"FinishIssuance", false},
      {"FinishIssuance", true},
  }));
  const bool worker_dies = GENERATE(false, true);
  const std::string method = name;
  INFO(method << (but_done ? ", done" : ", not done") << (worker_dies ? ", worker dies" : ""));
  Finalized finalized(WithCt);
  World& world = finalized.world;
  world.clock.Advance(absl::Hours(8));  // so that CAA is due
  world.pause.SetStopped(worker_dies);

  const absl::Status lost = errors::Make(Reason::kUnavailable, "lost");
  const Fault fault = but_done ? Fault::kAnswerLost : Fault::kNotDone;
  if (method == "CheckCaa") {
    world.va.FailNext(lost);
  } else if (method == "GetScts") {
    world.publisher.FailNext(lost);
  } else if (method == "SignPrecertificate") {
    world.signer.FailNext(Method::kSignPrecertificate, fault, lost);
  } else if (method == "SignCertificate") {
    world.signer.FailNext(Method::kSignCertificate, fault, lost);
  } else {
    world.sa.FailNext(method,
                      but_done ? FakeSa::Fault::kDoneButAnswerLost : FakeSa::Fault::kNotDone);
  }
  // An answer that is lost leaves the order where the worker left it.
  (void)finalized.Finalize();
  world.pause.SetStopped(false);
  world.Recover();
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(world.signer.signatures() == 2);
  CHECK(world.sa.certificates() == 1);
  REQUIRE(world.signer.serials().size() == 1);
  CHECK(finalized.Read().serial() == world.signer.serials()[0]);
  finalized.CheckEverySerialIsExplained();
}

TEST_CASE("a worker that dies after the precertificate leaves a serial that is known",
          "[CT-16][PROF-40]") {
  Finalized finalized(WithCt);
  World& world = finalized.world;
  world.pause.SetStopped(true);
  world.publisher.FailNext(errors::Make(Reason::kUnavailable, "no log answers"));
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_PROCESSING);
  CHECK(world.sa.serials() == 1);
  CHECK(world.sa.certificates() == 0);
  CHECK(world.signer.signatures() == 1);
  // Known, so there is nothing for the reconciler to do.
  CHECK_OK(world.Reconcile());
  CHECK(world.observer.count(Recovered::kSerial) == 0);
}

TEST_CASE("without logs there is no certificate, and the order waits, then ends",
          "[CT-01][CT-16][ACME-114]") {
  Finalized finalized(WithCt);
  World& world = finalized.world;
  const bool in_time = GENERATE(true, false);
  const auto fail = [&] {
    for (int i = 0; i < 40; ++i) {
      world.publisher.FailNext(errors::Make(Reason::kUnavailable, "no log answers"));
    }
  };
  fail();
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_PROCESSING);
  CHECK(world.signer.certificate_requests().empty());
  if (in_time) {
    for (int i = 0; i < 10; ++i) world.Recover();
    CHECK(finalized.Read().status() == Order::STATUS_VALID);
  } else {
    world.clock.Advance(world.options.work_timeout);
    fail();
    world.Recover();
    CHECK(finalized.Read().status() == Order::STATUS_INVALID);
    CHECK(finalized.Read().problem().reason() == static_cast<int>(Reason::kInternal));
    CHECK(world.signer.certificate_requests().empty());
  }
  // Whatever became of the order: the serial stays known.
  CHECK_OK(world.Reconcile());
  CHECK(world.sa.serials() == 1);
}

TEST_CASE("SCTs that the signer does not take are the publisher's fault: another race is run",
          "[CT-01][CT-17]") {
  const Reason reason = GENERATE(Reason::kEvidenceForged, Reason::kEvidenceInsufficient,
                                 Reason::kEvidenceMismatch, Reason::kMalformed);
  Finalized finalized(WithCt);
  World& world = finalized.world;
  world.signer.FailNext(Method::kSignCertificate, Fault::kNotDone,
                        errors::Make(reason, "SCT 1 of oak"));
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(world.observer.scts_refused() == 1);
  CHECK(world.publisher.requests().size() == 2);
  finalized.CheckEverySerialIsExplained();
}

TEST_CASE("SCTs that are never taken end the order in time, and not for the subscriber's fault",
          "[ACME-114][CT-16]") {
  Finalized finalized(WithCt);
  World& world = finalized.world;
  const auto refuse = [&] {
    for (int i = 0; i < 40; ++i) {
      world.signer.FailNext(Method::kSignCertificate, Fault::kNotDone,
                            errors::Make(Reason::kEvidenceInsufficient, "no SCT of oak"));
    }
  };
  refuse();
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_PROCESSING);
  world.clock.Advance(world.options.work_timeout);
  refuse();
  world.Recover();
  CHECK(finalized.Read().status() == Order::STATUS_INVALID);
  CHECK(finalized.Read().problem().reason() == static_cast<int>(Reason::kInternal));
  CHECK(world.observer.scts_refused() > 1);
  finalized.CheckEverySerialIsExplained();
}

TEST_CASE("a precertificate that became too old ends the order", "[CT-17]") {
  Finalized finalized(WithCt);
  World& world = finalized.world;
  world.signer.FailNext(Method::kSignCertificate, Fault::kNotDone,
                        errors::Make(Reason::kEvidenceStale, "of 8 hours ago"));
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_INVALID);
  CHECK(finalized.Read().problem().reason() == static_cast<int>(Reason::kUnauthorized));
  CHECK(world.observer.scts_refused() == 0);
  CHECK(world.publisher.requests().size() == 1);
  finalized.CheckEverySerialIsExplained();
}

TEST_CASE("a refusal of the precertificate ends the order before any log is asked",
          "[ACME-068][PROF-40]") {
  Finalized finalized(WithCt);
  World& world = finalized.world;
  world.signer.FailNext(Method::kSignPrecertificate, Fault::kNotDone,
                        errors::Make(Reason::kCaa, "forbidden"));
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_INVALID);
  CHECK(finalized.Read().problem().reason() == static_cast<int>(Reason::kCaa));
  CHECK(world.publisher.requests().empty());
  CHECK(world.sa.serials() == 0);
}

TEST_CASE("what the publisher says is never the subscriber's problem", "[ACME-114]") {
  Finalized finalized(WithCt);
  World& world = finalized.world;
  world.publisher.FailNext(errors::Make(Reason::kMalformed, "the chain is not one"));
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_PROCESSING);
  CHECK(world.observer.count(IssuanceOutcome::kUnfinished) == 1);
  world.Recover();
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
}

TEST_CASE("an issuance that another RA goes on with gets the certificate that was signed",
          "[CT-17]") {
  Finalized finalized(WithCt);
  World& world = finalized.world;
  // The answer with the certificate is lost for good.
  world.signer.FailNext(Method::kSignCertificate, Fault::kAnswerLost,
                        errors::Make(Reason::kInternal, "lost"));
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_PROCESSING);
  // No log is needed for it any more.
  world.publisher.FailNext(errors::Make(Reason::kInternal, "no log answers"));
  world.Recover();
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(world.publisher.requests().size() == 1);
  CHECK(world.signer.certificate_requests().size() == 1);
  CHECK(world.signer.signatures() == 2);
  finalized.CheckEverySerialIsExplained();
}

TEST_CASE("SCTs outlive the worker that won them: the logs are asked once", "[CT-17]") {
  Finalized finalized(WithCt);
  World& world = finalized.world;
  const bool worker_dies = GENERATE(false, true);
  world.pause.SetStopped(worker_dies);
  // A signer that is away is asked once more when the SCTs are kept.
  const int tries = worker_dies ? 2 : 1;
  for (int i = 0; i < tries; ++i) {
    world.signer.FailNext(
        Method::kSignCertificate, Fault::kNotDone,
        errors::Make(worker_dies ? Reason::kUnavailable : Reason::kInternal, "x"));
  }
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_PROCESSING);
  CHECK(world.sa.calls("KeepScts") == 1);
  world.pause.SetStopped(false);
  // They are kept for as many workers as it takes.
  world.signer.FailNext(Method::kSignCertificate, Fault::kNotDone,
                        errors::Make(Reason::kInternal, "x"));
  world.Recover();
  CHECK(finalized.Read().status() == Order::STATUS_PROCESSING);
  world.Recover();
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(world.publisher.requests().size() == 1);
  CHECK(world.sa.calls("KeepScts") == 1);
  const auto requests = world.signer.certificate_requests();
  REQUIRE(requests.size() == static_cast<size_t>(tries) + 2);
  for (const auto& request : requests) {
    REQUIRE(request.scts_size() == 2);
    CHECK(request.scts(0) == requests[0].scts(0));
    CHECK(request.scts(1) == requests[0].scts(1));
  }
  finalized.CheckEverySerialIsExplained();
}

TEST_CASE("SCTs that can't be kept cost another race, and nothing else", "[CT-17]") {
  Finalized finalized(WithCt);
  World& world = finalized.world;
  world.signer.FailNext(Method::kSignCertificate, Fault::kNotDone,
                        errors::Make(Reason::kInternal, "x"));
  world.sa.FailNext("KeepScts", FakeSa::Fault::kNotDone);
  REQUIRE_OK(finalized.Finalize());
  CHECK(world.observer.failures() == std::vector<std::string>{"keep_scts"});
  world.Recover();
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(world.publisher.requests().size() == 2);
  finalized.CheckEverySerialIsExplained();
}

TEST_CASE("kept SCTs that the signer does not take any more are replaced", "[CT-17]") {
  Finalized finalized(WithCt);
  World& world = finalized.world;
  world.signer.FailNext(Method::kSignCertificate, Fault::kNotDone,
                        errors::Make(Reason::kInternal, "x"));
  REQUIRE_OK(finalized.Finalize());
  world.signer.FailNext(Method::kSignCertificate, Fault::kNotDone,
                        errors::Make(Reason::kEvidenceInsufficient, "oak was retired"));
  world.Recover();
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(world.observer.scts_refused() == 1);
  CHECK(world.publisher.requests().size() == 2);
  const auto requests = world.signer.certificate_requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[1].scts(0) == requests[0].scts(0));
  CHECK(requests[2].scts(0) != requests[0].scts(0));
  finalized.CheckEverySerialIsExplained();
}

TEST_CASE("under one lease the logs are asked five times at the most", "[CT-19]") {
  Finalized finalized(WithCt);
  World& world = finalized.world;
  for (int i = 0; i < 40; ++i) {
    world.publisher.FailNext(errors::Make(Reason::kUnavailable, "no log answers"));
  }
  REQUIRE_OK(finalized.Finalize());
  CHECK(finalized.Read().status() == Order::STATUS_PROCESSING);
  CHECK(world.publisher.requests().size() == 5);
}

TEST_CASE("two workers on one issuance with CT make one certificate", "[ACME-115][PROF-39]") {
  Finalized finalized(WithCt);
  World& world = finalized.world;
  world.signer.FailNext(Method::kSignPrecertificate, Fault::kNotDone,
                        errors::Make(Reason::kInternal, "x"));
  REQUIRE_OK(finalized.Finalize());
  base::Call leased = world.call;
  leased.deadline = world.clock.Now() + absl::Seconds(18);
  std::vector<std::jthread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] { world.issue.Resume(leased, finalized.order.order_id()); });
  }
  workers.clear();
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(world.signer.signatures() == 2);
  CHECK(world.sa.serials() == 1);
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
  world.FailSigner(errors::Make(Reason::kInternal, "answer lost for good"), Fault::kAnswerLost);
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
  world.FailSigner(errors::Make(Reason::kInternal, "x"));
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
  world.FailSigner(errors::Make(Reason::kInternal, "x"));
  REQUIRE_OK(finalized.Finalize());
  world.audit.SetFailing(true);
  world.Recover();
  CHECK(finalized.Read().status() == Order::STATUS_VALID);
  CHECK(world.observer.failures() == std::vector<std::string>{"audit"});
}

}  // namespace
}  // namespace cairn::ra
