#include "services/ra/core/reconcile_journal.h"

#include <catch2/catch.hpp>

#include "libs/testing/status_matchers.h"
#include "services/ra/core/world.h"

namespace cairn::ra {
namespace {

using core::v1::Order;
using errors::Reason;
using sa::FakeSa;
using testing::World;

Order Finalize(World& world, const core::v1::AccountRef& account, const std::string& name) {
  const Order order = world.ReadyOrder(account, {name});
  REQUIRE_OK(
      world.finalize_order.Run(world.call, world.Finalize(account, order.order_id(), {name})));
  world.Drain();
  return order;
}

int Repairs(const World& world) {
  return world.CountEvents([](const audit::v1::Event& e) { return e.has_journal_repaired(); });
}

// Where the SA thinks that the comparison has come to.
uint64_t Place(World& world) {
  sa::v1::ReconcileSerialsRequest request;
  request.set_signer("ca-1");
  return world.sa.ReconcileSerials(world.call, request)->next_index();
}

TEST_CASE("a journal whose certificates are all known moves the place on") {
  World world;
  const core::v1::AccountRef account = world.Account();
  CHECK_OK(world.Reconcile());
  Finalize(world, account, "a.test");
  Finalize(world, account, "b.test");
  CHECK_OK(world.Reconcile());
  CHECK(Place(world) == 4);
  CHECK(Repairs(world) == 0);
}

TEST_CASE("an idle comparison asks the journal only") {
  World world;
  Finalize(world, world.Account(), "a.test");
  CHECK_OK(world.Reconcile());
  const int calls = world.sa.calls("ReconcileSerials");
  CHECK_OK(world.Reconcile());
  CHECK(world.sa.calls("ReconcileSerials") == calls);
}

TEST_CASE("what was signed just now is given time") {
  World world;
  const core::v1::AccountRef account = world.Account();
  world.pause.SetStopped(true);
  world.sa.FailNext("FinishIssuance", FakeSa::Fault::kNotDone);
  const Order order = Finalize(world, account, "a.test");
  CHECK_OK(world.reconcile_journal.Run(world.call));
  CHECK(world.Read(account, order.order_id()).status() == Order::STATUS_PROCESSING);
  CHECK(Repairs(world) == 0);
}

TEST_CASE("an issuance that ended at the signature is finished by the normal procedure",
          "[ACME-114]") {
  World world;
  const core::v1::AccountRef account = world.Account();
  world.pause.SetStopped(true);
  world.sa.FailNext("FinishIssuance", FakeSa::Fault::kNotDone);
  const Order order = Finalize(world, account, "a.test");
  const Order later = Finalize(world, account, "b.test");
  CHECK_OK(world.Reconcile());
  const Order repaired = world.Read(account, order.order_id());
  CHECK(repaired.status() == Order::STATUS_VALID);
  CHECK(world.Read(account, later.order_id()).status() == Order::STATUS_VALID);
  CHECK(world.signer.signatures() == 2);
  CHECK(world.sa.certificates() == 2);
  CHECK(Repairs(world) == 1);
  CHECK(world.observer.count(Recovered::kSerial) == 1);
  CHECK(Place(world) == 4);
  const audit::v1::Event event = world.audit.events().back();
  CHECK(event.journal_repaired().serial() == repaired.serial());
  CHECK(event.journal_repaired().issuance_id() == repaired.issuance_id());
}

TEST_CASE("the place stays until every certificate is explained") {
  World world;
  const core::v1::AccountRef account = world.Account();
  world.pause.SetStopped(true);
  world.sa.FailNext("FinishIssuance", FakeSa::Fault::kNotDone);
  const Order order = Finalize(world, account, "a.test");
  world.signer.SetAway(true);
  CHECK_REASON(world.Reconcile(), Reason::kInternal);
  CHECK(Place(world) == 0);
  world.signer.SetAway(false);
  CHECK_OK(world.Reconcile());
  CHECK(world.Read(account, order.order_id()).status() == Order::STATUS_VALID);
  CHECK(Place(world) == 2);
}

TEST_CASE("a certificate that the database has forgotten is stored again") {
  World world;
  Finalize(world, world.Account(), "a.test");
  // A database as new, beside the same journal.
  FakeSa restored(world.clock, world.random);
  ReconcileJournal reconcile(world.options, {restored, world.signer}, world.issue, world.audit,
                             world.clock, world.observer);
  world.clock.Advance(world.options.reconcile_grace + absl::Seconds(1));
  CHECK_OK(reconcile.Run(world.call));
  CHECK(restored.certificates() == 1);
  CHECK(Repairs(world) == 1);
}

TEST_CASE("precertificates in the journal are compared too", "[CT-16]") {
  World world(testing::WithCt);
  const core::v1::AccountRef account = world.Account();
  Finalize(world, account, "a.test");
  CHECK_OK(world.Reconcile());
  CHECK(Place(world) == 4);
  CHECK(Repairs(world) == 0);
}

TEST_CASE("an issuance that ended at the precertificate is finished by the normal procedure",
          "[CT-16][CT-17][PROF-40]") {
  World world(testing::WithCt);
  const core::v1::AccountRef account = world.Account();
  world.pause.SetStopped(true);
  world.sa.FailNext("StorePrecertificate", FakeSa::Fault::kNotDone);
  const Order order = Finalize(world, account, "a.test");
  CHECK(world.sa.serials() == 0);
  CHECK_OK(world.Reconcile());
  CHECK(world.Read(account, order.order_id()).status() == Order::STATUS_VALID);
  CHECK(world.signer.signatures() == 2);
  CHECK(world.sa.certificates() == 1);
  CHECK(Repairs(world) == 1);
  CHECK(Place(world) == 2);
  CHECK_OK(world.Reconcile());
  CHECK(Place(world) == 4);
}

TEST_CASE("both kinds of one issuance that the SA has forgotten are one repair", "[CT-16]") {
  World world(testing::WithCt);
  Finalize(world, world.Account(), "a.test");
  FakeSa restored(world.clock, world.random);
  ReconcileJournal reconcile(world.options, {restored, world.signer}, world.issue, world.audit,
                             world.clock, world.observer);
  world.clock.Advance(world.options.reconcile_grace + absl::Seconds(1));
  CHECK_OK(reconcile.Run(world.call));
  CHECK(restored.serials() == 1);
  CHECK(restored.certificates() == 1);
  CHECK(Repairs(world) == 1);
}

TEST_CASE("a precertificate whose order was given up is known all the same", "[CT-16]") {
  World world(testing::WithCt);
  const core::v1::AccountRef account = world.Account();
  world.signer.FailNext(ca::FakeSigner::Method::kSignPrecertificate,
                        ca::FakeSigner::Fault::kAnswerLost,
                        errors::Make(Reason::kInternal, "lost for good"));
  const Order order = Finalize(world, account, "a.test");
  world.signer.SetAway(true);
  world.clock.Advance(world.options.work_timeout);
  world.Recover();
  CHECK(world.Read(account, order.order_id()).status() == Order::STATUS_INVALID);
  CHECK(world.sa.serials() == 0);
  CHECK_OK(world.Reconcile());
  CHECK(world.sa.serials() == 1);
  CHECK(world.sa.certificates() == 0);
  const audit::v1::Event event = world.audit.events().back();
  CHECK(event.journal_repaired().what() == "precertificate stored without its order");
}

TEST_CASE("a journal that became shorter is an alarm") {
  World world;
  Finalize(world, world.Account(), "a.test");
  CHECK_OK(world.Reconcile());
  world.signer.ForgetJournal();
  CHECK_REASON(world.Reconcile(), Reason::kInternal);
}

TEST_CASE("a peer that is away is tried again from the same place") {
  World world;
  Finalize(world, world.Account(), "a.test");
  world.sa.FailNext("ReconcileSerials",
                    GENERATE(FakeSa::Fault::kNotDone, FakeSa::Fault::kDoneButAnswerLost));
  CHECK_REASON(world.Reconcile(), Reason::kUnavailable);
  CHECK_OK(world.Reconcile());
  CHECK(Place(world) == 2);
}

}  // namespace
}  // namespace cairn::ra
