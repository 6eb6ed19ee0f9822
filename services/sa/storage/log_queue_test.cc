// The contract of sa.v1.LogQueue, over the fake and over the stores.

#include <absl/time/time.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "protos/sa/v1/sa.pb.h"
#include "services/sa/storage/test_backends.h"

namespace cairn::sa {
namespace {

using errors::Reason;

TEMPLATE_TEST_CASE("a certificate with CT is submitted, then checked, then done with",
                   "[CT-02][CT-22]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  s.IssuedWithCt(ref, "a.test", 'i', 's');
  const auto submit = s.LeaseLogWork();
  REQUIRE(submit.items_size() == 1);
  const v1::LogWorkItem item = submit.items(0);
  CHECK(item.work() == v1::LOG_WORK_SUBMIT);
  CHECK(item.serial() == s.Octets(16, 's'));
  CHECK(item.certificate() == s.FinishIssuanceRequest(1, 'i', 's').certificate());
  REQUIRE(item.chain_size() == 2);
  CHECK(item.chain(0) == "issuer");
  CHECK(item.final_sct().empty());
  CHECK(item.unsubmitted_since() == s.Now());
  CHECK(submit.oldest_unsubmitted_since() == s.Now());

  auto end = s.EndOf(item, v1::LOG_WORK_CHECK);
  end.set_final_sct(std::string("\0sct\xff", 5));
  CHECK_OK(s.FinishLogWork(end));
  s.clock.Advance(absl::Seconds(3599));
  CHECK(s.LeaseLogWork().items().empty());
  s.clock.Advance(absl::Seconds(1));
  const auto check = s.LeaseLogWork();
  REQUIRE(check.items_size() == 1);
  CHECK(check.items(0).work() == v1::LOG_WORK_CHECK);
  CHECK(check.items(0).final_sct() == std::string("\0sct\xff", 5));
  CHECK(check.items(0).unsubmitted_since() == 0);
  CHECK(check.oldest_unsubmitted_since() == 0);

  CHECK_OK(s.FinishLogWork(s.EndOf(check.items(0), v1::LOG_WORK_NONE)));
  s.clock.Advance(absl::Hours(1000));
  CHECK(s.LeaseLogWork().items().empty());
}

TEMPLATE_TEST_CASE("without CT there is nothing to do with logs", "", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  REQUIRE_OK(s.FinishIssuance(id, 'i', 's'));
  s.clock.Advance(absl::Hours(1000));
  CHECK(s.LeaseLogWork().items().empty());
}

TEMPLATE_TEST_CASE("a failed submission comes back, and is still the oldest", "[CT-02]",
                   FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  s.IssuedWithCt(ref, "a.test", 'i', 's');
  const int64_t first = s.Now();
  auto end = s.EndOf(s.LeaseLogWork().items(0), v1::LOG_WORK_SUBMIT);
  end.set_problem(std::string(1000, 'x'));
  CHECK_OK(s.FinishLogWork(end));
  CHECK(s.LeaseLogWork().items().empty());
  CHECK(s.LeaseLogWork().oldest_unsubmitted_since() == first);
  s.clock.Advance(absl::Hours(1));
  s.IssuedWithCt(ref, "b.test", 'j', 't');
  const auto again = s.LeaseLogWork();
  REQUIRE(again.items_size() == 2);
  CHECK(again.items(0).work() == v1::LOG_WORK_SUBMIT);
  CHECK(again.oldest_unsubmitted_since() == first);
}

TEMPLATE_TEST_CASE("leased work is nobody else's until the lease runs out", "", FakeBackend,
                   MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  s.IssuedWithCt(ref, "a.test", 'i', 's');
  const auto first = s.LeaseLogWork();
  REQUIRE(first.items_size() == 1);
  CHECK(s.LeaseLogWork().items().empty());
  s.clock.Advance(absl::Seconds(30));
  const auto second = s.LeaseLogWork();
  REQUIRE(second.items_size() == 1);
  // The first worker was slow: what it has to say is not asked for any more.
  CHECK_REASON(s.FinishLogWork(s.EndOf(first.items(0), v1::LOG_WORK_NONE)), Reason::kConflict);
  CHECK_OK(s.FinishLogWork(s.EndOf(second.items(0), v1::LOG_WORK_CHECK)));
  CHECK_REASON(s.FinishLogWork(s.EndOf(second.items(0), v1::LOG_WORK_SUBMIT)), Reason::kConflict);
  CHECK(s.LeaseLogWork().oldest_unsubmitted_since() == 0);
}

TEMPLATE_TEST_CASE("no more work with logs is leased than was asked for", "", FakeBackend,
                   MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  s.IssuedWithCt(ref, "a.test", 'i', 's');
  s.IssuedWithCt(ref, "b.test", 'j', 't');
  s.IssuedWithCt(ref, "c.test", 'k', 'u');
  CHECK(s.LeaseLogWork(2).items_size() == 2);
  CHECK(s.LeaseLogWork(2).items_size() == 1);
}

TEMPLATE_TEST_CASE("twenty workers share the work with logs", "", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  for (char c = 'A'; c < 'K'; ++c) s.IssuedWithCt(ref, std::string(1, c) + ".test", c, c);
  std::atomic<int> leased = 0;
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      v1::LeaseLogWorkRequest request;
      request.set_limit(10);
      request.set_lease_seconds(30);
      const auto response = s.log_queue().LeaseLogWork(s.Call(), request);
      if (response.ok())
        leased += response->items_size();
      else
        ++failed;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(leased == 10);
}

TEMPLATE_TEST_CASE("requests about log work that can't be right are refused", "", FakeBackend,
                   MariaDbBackend) {
  Stage<TestType> s;
  v1::LogWorkItem item;
  item.set_serial(s.Octets(16, 's'));
  item.set_leased_until(1);
  CHECK_REASON(s.FinishLogWork(s.EndOf(item, v1::LOG_WORK_NONE)), Reason::kConflict);
  CHECK_REASON(s.FinishLogWork(s.EndOf(item, v1::LOG_WORK_UNSPECIFIED)), Reason::kMalformed);
  auto end = s.EndOf(item, v1::LOG_WORK_CHECK);
  end.clear_due_at();
  CHECK_REASON(s.FinishLogWork(end), Reason::kMalformed);
  end = s.EndOf(item, v1::LOG_WORK_NONE);
  end.set_due_at(5);
  CHECK_REASON(s.FinishLogWork(end), Reason::kMalformed);
  end = s.EndOf(item, v1::LOG_WORK_NONE);
  end.clear_leased_until();
  CHECK_REASON(s.FinishLogWork(end), Reason::kMalformed);
  end = s.EndOf(item, v1::LOG_WORK_NONE);
  end.set_serial("short");
  CHECK_REASON(s.FinishLogWork(end), Reason::kMalformed);
  end = s.EndOf(item, v1::LOG_WORK_NONE);
  end.set_final_sct(std::string(65536, 'x'));
  CHECK_REASON(s.FinishLogWork(end), Reason::kMalformed);
  CHECK_REASON(s.log_queue().LeaseLogWork(s.Call(), {}), Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::sa
