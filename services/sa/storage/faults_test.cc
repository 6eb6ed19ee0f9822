// What the database does to the stores when it is away, slow or busy, and what
// the fake does when it is told to fail.

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "libs/base/call.h"
#include "libs/errors/errors.h"
#include "libs/sql/database.h"
#include "libs/testing/status_matchers.h"
#include "protos/core/v1/core.pb.h"
#include "protos/sa/v1/sa.pb.h"
#include "services/sa/api/fake_sa.h"
#include "services/sa/storage/test_backends.h"
#include "tests/harness/mariadb.h"

namespace cairn::sa {
namespace {

using core::v1::Order;
using errors::Reason;

absl::StatusOr<v1::GetOrderResponse> TryGet(Stage<MariaDbBackend>& s,
                                            const core::v1::AccountRef& ref, uint64_t order_id,
                                            absl::Duration limit) {
  v1::GetOrderRequest request;
  *request.mutable_account() = ref;
  request.set_order_id(order_id);
  return s.order_reader().GetOrder({.deadline = s.clock.Now() + limit}, request);
}

TEST_CASE("a database that was killed and restarted is used again, and nothing is lost") {
  harness::MariaDb server;
  Stage<MariaDbBackend> s(server);
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  server.Kill();
  const auto away = TryGet(s, ref, id, absl::Seconds(5));
  CHECK_REASON(away, Reason::kUnavailable);
  CHECK(errors::RetryAfterOf(away.status()) > absl::ZeroDuration());
  CHECK_REASON(s.FinishIssuance(id, 'i', 's'), Reason::kUnavailable);
  CHECK_REASON(s.database().Probe(s.Call()), Reason::kUnavailable);
  server.Start();
  CHECK_OK(s.database().Probe(s.Call()));
  CHECK(s.StatusOf(ref, id) == Order::STATUS_PROCESSING);
  CHECK_OK(s.FinishIssuance(id, 'i', 's'));
  CHECK(s.StatusOf(ref, id) == Order::STATUS_VALID);
}

TEST_CASE("a precertificate and the work with logs survive a database that was killed", "[CT-16]") {
  harness::MariaDb server;
  Stage<MariaDbBackend> s(server);
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  REQUIRE_OK(s.StorePrecertificate(id, 'i', 's'));
  server.Kill();
  CHECK_REASON(s.StorePrecertificate(id, 'i', 's'), Reason::kUnavailable);
  CHECK_REASON(s.FinishWithCt(id, 'i', 's'), Reason::kUnavailable);
  server.Start();
  CHECK_OK(s.StorePrecertificate(id, 'i', 's'));
  CHECK_OK(s.FinishWithCt(id, 'i', 's'));
  const auto work = s.LeaseLogWork();
  REQUIRE(work.items_size() == 1);
  server.Kill();
  const auto end = s.EndOf(work.items(0), v1::LOG_WORK_NONE);
  CHECK_REASON(s.FinishLogWork(end), Reason::kUnavailable);
  server.Start();
  CHECK_OK(s.FinishLogWork(end));
  CHECK(s.LeaseLogWork().oldest_unsubmitted_since() == 0);
}

TEST_CASE("a database that does not answer costs no more than the deadline") {
  harness::MariaDb server;
  Stage<MariaDbBackend> s(server);
  const auto ref = s.Register('a');
  const uint64_t id = s.NewOrder(ref, {"a.test"}).order_id();
  server.Freeze();
  const auto slow = TryGet(s, ref, id, absl::Milliseconds(200));
  CHECK_REASON(slow, Reason::kUnavailable);
  CHECK(errors::RetryAfterOf(slow.status()) > absl::ZeroDuration());
  server.Thaw();
  CHECK_OK(TryGet(s, ref, id, absl::Seconds(5)));
}

TEST_CASE("with all connections busy a request is refused with a time to come back") {
  Stage<MariaDbBackend> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.NewOrder(ref, {"a.test"}).order_id();
  std::function<void(size_t)> with_connections_taken = [&](size_t left) {
    if (left == 0) {
      const auto busy = TryGet(s, ref, id, absl::Milliseconds(100));
      CHECK_REASON(busy, Reason::kOverloaded);
      CHECK(errors::RetryAfterOf(busy.status()) > absl::ZeroDuration());
      return;
    }
    CHECK_OK(s.database().Transact(s.Call(), sql::Database::Commit::kOnce, [&](sql::Transaction&) {
      with_connections_taken(left - 1);
      return absl::OkStatus();
    }));
  };
  with_connections_taken(s.database().limit());
  CHECK_OK(TryGet(s, ref, id, absl::Seconds(5)));
}

TEST_CASE("a row that is locked for too long gives a time to come back, and changes nothing") {
  Stage<MariaDbBackend> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.NewOrder(ref, {"a.test"}).order_id();
  CHECK_OK(s.database().Transact(
      s.Call(), sql::Database::Commit::kOnce, [&](sql::Transaction& transaction) {
        const auto locked = transaction.Execute(
            {"lock", "UPDATE authorization SET method = '' WHERE order_id = ?"}, {id});
        CHECK(locked.value() == 1);
        const auto blocked = s.order_writer().BeginValidation(
            {.deadline = s.clock.Now() + absl::Milliseconds(300)}, s.BeginRequest(ref, id, 0));
        CHECK_REASON(blocked, Reason::kUnavailable);
        CHECK(errors::RetryAfterOf(blocked.status()) > absl::ZeroDuration());
        return absl::OkStatus();
      }));
  CHECK(s.StatusOf(ref, id) == Order::STATUS_PENDING);
}

TEST_CASE("the SA's own user can neither delete nor change a table") {
  Stage<MariaDbBackend> s;
  (void)s.Register('a');
  for (const char* text :
       {"DELETE FROM account", "DROP TABLE account", "ALTER TABLE account ADD x INT",
        "UPDATE chain SET certificates = ''", "INSERT INTO schema_migration VALUES (9, '', '', 1)",
        "SELECT 1 FROM mysql.user"}) {
    INFO(text);
    CHECK_FALSE(s.database().Query(s.Call(), {"forbidden", text}, {}).ok());
  }
  v1::GetAccountRequest get;
  get.set_account_id(s.Octets(24, 'a'));
  CHECK_OK(s.account_reader().GetAccount(s.Call(), get));
}

TEST_CASE("the fake fails as told: not done, or done and the answer lost") {
  testing::FakeClock clock(absl::FromUnixSeconds(kStart));
  base::SystemRandom random;
  FakeSa sa(clock, random);
  Stage<FakeBackend> stage;
  v1::CreateAccountRequest request;
  *request.mutable_account() = stage.AccountOf('a');
  v1::FindAccountRequest find;
  find.set_thumbprint(request.account().thumbprint());

  sa.FailNext("CreateAccount", FakeSa::Fault::kNotDone);
  CHECK_REASON(sa.CreateAccount({}, request), Reason::kUnavailable);
  CHECK_REASON(sa.FindAccount({}, find), Reason::kAccountDoesNotExist);
  sa.FailNext("CreateAccount", FakeSa::Fault::kDoneButAnswerLost);
  CHECK_REASON(sa.CreateAccount({}, request), Reason::kUnavailable);
  CHECK_OK(sa.FindAccount({}, find));
  CHECK_FALSE(sa.CreateAccount({}, request)->created());
  CHECK(sa.calls("CreateAccount") == 3);
}

}  // namespace
}  // namespace cairn::sa
