// What a certificate costs the database, counted where the statements are run.

#include <catch2/catch.hpp>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "libs/testing/status_matchers.h"
#include "protos/core/v1/core.pb.h"
#include "protos/sa/v1/sa.pb.h"
#include "services/sa/storage/test_backends.h"

namespace cairn::sa {
namespace {

struct Cost {
  int statements;
  int commits;
  friend bool operator==(const Cost&, const Cost&) = default;
};

std::ostream& operator<<(std::ostream& out, const Cost& cost) {
  return out << cost.statements << " statements, " << cost.commits << " commits";
}

template <typename Backend>
Cost Spent(Stage<Backend>& s) {
  const auto counts = s.observer.Take();
  return {counts.statements, counts.commits};
}

TEST_CASE("one certificate with one new name costs 12 statements and 5 commits at the most") {
  Stage<MariaDbBackend> s;
  const auto ref = s.Register('a');
  // The first certificate of a process stores the issuers' chain.
  const uint64_t before = s.ReadyOrder(ref, {"before.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, before, 'b'));
  REQUIRE_OK(s.FinishIssuance(before, 'b', 'b'));

  int statements = 0;
  int commits = 0;
  const auto spend = [&](const char* rpc, Cost expected) {
    const Cost spent = Spent(s);
    INFO(rpc);
    CHECK(spent == expected);
    statements += spent.statements;
    commits += spent.commits;
  };
  (void)Spent(s);
  const auto order = s.NewOrder(ref, {"a.test"});
  spend("CreateOrder", {3, 1});
  v1::GetAuthorizationRequest get;
  *get.mutable_account() = ref;
  get.set_order_id(order.order_id());
  REQUIRE_OK(s.order_reader().GetAuthorization(s.Call(), get));
  spend("GetAuthorization", {1, 0});
  REQUIRE_OK(s.Begin(ref, order.order_id(), 0));
  spend("BeginValidation", {1, 1});
  s.Finish(order.order_id(), 0, true);
  spend("FinishValidation", {1, 1});
  (void)s.Get(ref, order.order_id());
  spend("GetOrder", {1, 0});
  REQUIRE_OK(s.BeginIssuance(ref, order.order_id(), 'i'));
  spend("BeginIssuance", {2, 1});
  REQUIRE_OK(s.FinishIssuance(order.order_id(), 'i', 's'));
  spend("FinishIssuance", {2, 1});
  CHECK(s.Get(ref, order.order_id()).certificate().size() > 0);
  spend("GetOrder", {1, 0});
  CHECK(statements == 12);
  CHECK(commits == 5);
}

TEST_CASE("with CT a certificate costs one statement and one commit more, and its logs four each") {
  Stage<MariaDbBackend> s;
  const auto ref = s.Register('a');
  s.IssuedWithCt(ref, "before.test", 'b', 'b');
  REQUIRE_OK(s.FinishLogWork(s.EndOf(s.LeaseLogWork().items(0), v1::LOG_WORK_NONE)));
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  (void)Spent(s);
  REQUIRE_OK(s.StorePrecertificate(id, 'i', 's'));
  CHECK(Spent(s) == Cost{1, 1});
  // Only where the signer is away when the logs have answered.
  REQUIRE_OK(s.KeepScts('i', 's', "x"));
  CHECK(Spent(s) == Cost{1, 1});
  REQUIRE_OK(s.FinishWithCt(id, 'i', 's'));
  CHECK(Spent(s) == Cost{2, 1});
  // Two to look, one to lease; then one to end.
  const auto submit = s.LeaseLogWork();
  REQUIRE(submit.items_size() == 1);
  CHECK(Spent(s) == Cost{3, 1});
  REQUIRE_OK(s.FinishLogWork(s.EndOf(submit.items(0), v1::LOG_WORK_CHECK)));
  CHECK(Spent(s) == Cost{1, 1});
}

TEST_CASE("looking for work with logs where there is none costs two statements") {
  Stage<MariaDbBackend> s;
  (void)Spent(s);
  CHECK(s.LeaseLogWork().items().empty());
  CHECK(Spent(s) == Cost{2, 0});
}

TEST_CASE("further names cost no further statement to order, to read or to issue") {
  Stage<MariaDbBackend> s;
  const auto ref = s.Register('a');
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back("n" + std::to_string(i) + ".test");
  (void)Spent(s);
  const uint64_t id = s.NewOrder(ref, names).order_id();
  CHECK(Spent(s) == Cost{3, 1});
  (void)s.Get(ref, id);
  CHECK(Spent(s) == Cost{1, 0});
  for (int i = 0; i < 100; ++i) {
    REQUIRE_OK(s.Begin(ref, id, i));
    s.Finish(id, i, true);
  }
  (void)Spent(s);
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  CHECK(Spent(s) == Cost{2, 1});
}

TEST_CASE("a validation that another SA's order began costs one statement more") {
  Stage<MariaDbBackend> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.NewOrder(ref, {"a.test"}).order_id();
  s.Restart();
  (void)Spent(s);
  const auto begun = s.Begin(ref, id, 0);
  REQUIRE_OK(begun);
  CHECK(begun->leased());
  CHECK(begun->authorization().identifier().value() == "a.test");
  CHECK(begun->authorization().status() == core::v1::Authorization::STATUS_PROCESSING);
  CHECK(Spent(s) == Cost{2, 1});
}

TEST_CASE("a process that did not issue a certificate reads its chain once") {
  Stage<MariaDbBackend> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  REQUIRE_OK(s.FinishIssuance(id, 'i', 's'));
  s.Restart();
  (void)Spent(s);
  CHECK(s.Get(ref, id).chain_size() == 2);
  CHECK(Spent(s) == Cost{2, 0});
  CHECK(s.Get(ref, id).chain_size() == 2);
  CHECK(Spent(s) == Cost{1, 0});
}

TEST_CASE("looking for abandoned work where there is none costs two statements") {
  Stage<MariaDbBackend> s;
  (void)Spent(s);
  (void)s.Lease();
  CHECK(Spent(s) == Cost{2, 0});
}

TEST_CASE("no statement reads more rows as the tables grow") {
  Stage<MariaDbBackend> s;
  const auto ref = s.Register('a');
  for (int i = 0; i < 300; ++i) {
    const auto order = s.NewOrder(ref, {"n" + std::to_string(i) + ".test"});
    REQUIRE_OK(s.Begin(ref, order.order_id(), 0));
    s.Finish(order.order_id(), 0, true);
    // Serials of nobody's order, with nothing to do with logs.
    v1::ReconcileSerialsRequest found;
    found.set_signer("ca-1");
    v1::JournaledSerial& serial = *found.add_serials();
    serial.set_serial("serial " + std::to_string(100000000 + i));
    serial.set_issuance_id("issued " + std::to_string(100000000 + i));
    serial.set_certificate("found");
    REQUIRE_OK(s.order_writer().ReconcileSerials(s.Call(), found));
  }
  const uint64_t first = s.RowsRead();
  const uint64_t before = s.RowsRead();
  const uint64_t id = s.ReadyOrder(ref, {"a.test", "n7.test"}).order_id();
  (void)s.Get(ref, id);
  (void)s.Issuance(id);
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  CHECK(s.Lease().order_ids().empty());
  CHECK(s.Reconcile("s", "i", 1).unknown_serials_size() == 1);
  REQUIRE_OK(s.StorePrecertificate(id, 'i', 's'));
  REQUIRE_OK(s.FinishWithCt(id, 'i', 's'));
  CHECK(s.LeaseLogWork().items_size() == 1);
  CHECK(s.LeaseLogWork().items().empty());
  CHECK(s.Get(ref, id).order().status() == core::v1::Order::STATUS_VALID);
  // One scan of a table would be 300 and more.
  const uint64_t own = before - first;
  CHECK(s.RowsRead() - before < own + 100);
}

}  // namespace
}  // namespace cairn::sa
