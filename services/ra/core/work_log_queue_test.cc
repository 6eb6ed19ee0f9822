#include "services/ra/core/work_log_queue.h"

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "libs/testing/status_matchers.h"
#include "services/ra/core/world.h"

namespace cairn::ra {
namespace {

using core::v1::Order;
using errors::Reason;
using sa::FakeSa;
using testing::World;

void CheckAll(config::Ra& config) {
  testing::WithCt(config);
  config.set_inclusion_share(1);
}

const absl::Status kAway = errors::Make(Reason::kUnavailable, "no log answers");

struct Issued {
  explicit Issued(void (*change)(config::Ra&) = CheckAll) : world(change) {
    REQUIRE_OK(world.finalize_order.Run(world.call,
                                        world.Finalize(account, order.order_id(), {"a.test"})));
    world.Drain();
    serial = world.Read(account, order.order_id()).serial();
    REQUIRE(serial.size() == 16);
  }
  FakeSa::LogState State() const { return world.sa.log_state(serial); }
  // In how many seconds the next work is due.
  int64_t DueIn() const { return State().due_at.value() - absl::ToUnixSeconds(world.clock.Now()); }

  World world;
  core::v1::AccountRef account = world.Account();
  Order order = world.ReadyOrder(account, {"a.test"});
  std::string serial;
};

TEST_CASE("a final certificate is submitted to a log at once", "[CT-02]") {
  Issued issued;
  issued.world.WorkLogs();
  REQUIRE(issued.world.publisher.submitted().size() == 1);
  const publisher::v1::SubmitCertificateRequest submitted = issued.world.publisher.submitted()[0];
  CHECK(submitted.chain_size() == 2);
  CHECK(issued.world.observer.count(LogOutcome::kSubmitted) == 1);
  CHECK_FALSE(issued.State().final_sct.empty());
  CHECK_FALSE(issued.State().unsubmitted_since.has_value());
  // The logs have a day to keep their promises.
  CHECK(issued.DueIn() == 25 * 3600);
  issued.world.WorkLogs();
  CHECK(issued.world.publisher.submitted().size() == 1);
}

TEST_CASE("a submission that fails is tried again, later and later, within the day", "[CT-02]") {
  Issued issued;
  World& world = issued.world;
  std::vector<int64_t> waits;
  for (int i = 0; i < 10; ++i) {
    world.publisher.FailNext(kAway);
    world.WorkLogs();
    waits.push_back(issued.DueIn());
    CHECK(issued.State().problem == "no log answers");
    world.clock.Advance(absl::Seconds(waits.back()));
  }
  CHECK(waits == std::vector<int64_t>{60, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600});
  CHECK(world.observer.count(LogOutcome::kNotSubmitted) == 10);
  CHECK(world.observer.oldest_unsubmitted() == absl::Seconds(11040));
  world.WorkLogs();
  CHECK(issued.State().problem.empty());
  world.WorkLogs();
  CHECK(world.observer.oldest_unsubmitted() == absl::ZeroDuration());
}

TEST_CASE("a certificate that no log took in its own time is given up") {
  Issued issued;
  World& world = issued.world;
  world.publisher.FailNext(kAway);
  world.clock.Advance(absl::Hours(24 * 7));
  world.WorkLogs();
  CHECK(world.observer.count(LogOutcome::kGivenUp) == 1);
  CHECK_FALSE(issued.State().due_at.has_value());
  CHECK(issued.State().problem == "no log answers");
}

TEST_CASE("promises that logs have kept are done with", "[CT-22]") {
  Issued issued;
  World& world = issued.world;
  world.WorkLogs();
  world.clock.Advance(absl::Hours(25));
  world.WorkLogs();
  CHECK(world.observer.count(LogOutcome::kIncluded) == 1);
  CHECK_FALSE(issued.State().due_at.has_value());
  CHECK(issued.State().problem.empty());
}

int Broken(const World& world) {
  return world.CountEvents([](const audit::v1::Event& e) { return e.has_log_promise_broken(); });
}

TEST_CASE("a log that dropped an entry is put on record", "[CT-22]") {
  World world(CheckAll);
  const core::v1::AccountRef account = world.Account();
  const Order order = world.ReadyOrder(account, {"a.test"});
  world.publisher.Drop(true);
  REQUIRE_OK(
      world.finalize_order.Run(world.call, world.Finalize(account, order.order_id(), {"a.test"})));
  world.Drain();
  world.publisher.Drop(false);
  world.WorkLogs();
  world.clock.Advance(absl::Hours(25));
  world.WorkLogs();
  // Both SCTs in the certificate, and not the one of its own submission.
  CHECK(Broken(world) == 2);
  CHECK(world.observer.count(LogOutcome::kBroken) == 1);
  const std::string serial = world.Read(account, order.order_id()).serial();
  const audit::v1::Event event = world.audit.events().back();
  CHECK(event.log_promise_broken().serial() == serial);
  CHECK(event.log_promise_broken().log() == "elm");
  CHECK_FALSE(event.log_promise_broken().sct().empty());
  CHECK_FALSE(world.sa.log_state(serial).due_at.has_value());
  CHECK(world.sa.log_state(serial).problem.find("oak") == 0);
}

TEST_CASE("the promise for the final certificate is checked as well", "[CT-22]") {
  Issued issued;
  World& world = issued.world;
  world.publisher.Drop(true);
  world.WorkLogs();
  world.clock.Advance(absl::Hours(25));
  world.WorkLogs();
  CHECK(Broken(world) == 1);
  CHECK(world.audit.events().back().log_promise_broken().log() == "fir");
  CHECK(world.audit.events().back().log_promise_broken().sct() == issued.State().final_sct);
}

TEST_CASE("a log with time left, or that is away, is asked again", "[CT-22]") {
  Issued issued([](config::Ra& config) {
    CheckAll(config);
    config.set_inclusion_delay("1s");
  });
  World& world = issued.world;
  const bool away = GENERATE(false, true);
  world.publisher.Drop(!away);
  world.WorkLogs();
  world.clock.Advance(absl::Seconds(1));
  if (away) world.publisher.FailNext(kAway);
  world.WorkLogs();
  CHECK(world.observer.count(LogOutcome::kNotYet) == 1);
  CHECK(issued.DueIn() == 60);
  CHECK(Broken(world) == 0);
  CHECK(issued.State().problem.empty() == !away);
  world.clock.Advance(absl::Hours(25));
  world.WorkLogs();
  CHECK(world.observer.count(away ? LogOutcome::kIncluded : LogOutcome::kBroken) == 1);
}

TEST_CASE("a log that never answers has broken its promise", "[CT-22]") {
  Issued issued;
  World& world = issued.world;
  world.WorkLogs();
  world.clock.Advance(absl::Hours(24 * 9));
  world.publisher.FailNext(kAway);
  world.WorkLogs();
  CHECK(Broken(world) == 1);
  CHECK(world.observer.count(LogOutcome::kBroken) == 1);
  CHECK_FALSE(issued.State().due_at.has_value());
}

TEST_CASE("a log that left the list can't be asked, which is put on record", "[CT-22]") {
  Issued issued;
  World& world = issued.world;
  world.WorkLogs();
  world.clock.Advance(absl::Hours(25));
  world.publisher.FailNext(errors::Make(Reason::kNotFound, "the SCT's log isn't in the list"));
  world.WorkLogs();
  CHECK(Broken(world) == 1);
  CHECK_FALSE(issued.State().due_at.has_value());
}

TEST_CASE("one certificate in so many is checked, the same ones whoever asks", "[CT-22]") {
  World world([](config::Ra& config) { testing::WithCt(config); });
  int sampled = 0;
  for (int i = 0; i < 10000; ++i) {
    sampled += world.work_log_queue.IsSampled("serial " + std::to_string(i)) ? 1 : 0;
  }
  CHECK(sampled > 800);
  CHECK(sampled < 1200);
  World other([](config::Ra& config) { testing::WithCt(config); });
  for (int i = 0; i < 100; ++i) {
    const std::string serial = "serial " + std::to_string(i);
    CHECK(world.work_log_queue.IsSampled(serial) == other.work_log_queue.IsSampled(serial));
  }
}

TEST_CASE("a certificate that is not sampled is done with when a log has it", "[CT-22]") {
  Issued issued([](config::Ra& config) {
    testing::WithCt(config);
    config.set_inclusion_share(1000000);
  });
  // One in a million, and then it would be drawn each time.
  REQUIRE_FALSE(issued.world.work_log_queue.IsSampled(issued.serial));
  issued.world.WorkLogs();
  CHECK_FALSE(issued.State().final_sct.empty());
  CHECK_FALSE(issued.State().due_at.has_value());
}

TEST_CASE("work with logs that a worker left behind is done when its lease has run out",
          "[CT-02]") {
  Issued issued;
  World& world = issued.world;
  world.sa.FailNext("FinishLogWork", FakeSa::Fault::kNotDone);
  world.WorkLogs();
  CHECK(world.observer.failures() == std::vector<std::string>{"finish_log_work"});
  world.WorkLogs();
  CHECK(world.publisher.submitted().size() == 1);
  world.clock.Advance(absl::Minutes(2));
  world.WorkLogs();
  CHECK(world.publisher.submitted().size() == 2);
  CHECK(world.observer.count(LogOutcome::kSubmitted) == 1);
}

TEST_CASE("an end whose answer was lost is not another's", "[CT-02]") {
  Issued issued;
  World& world = issued.world;
  world.sa.FailNext("FinishLogWork", FakeSa::Fault::kDoneButAnswerLost);
  world.WorkLogs();
  world.clock.Advance(absl::Minutes(2));
  world.WorkLogs();
  CHECK(world.publisher.submitted().size() == 1);
}

TEST_CASE("an SA that is away is tried again by the next run") {
  Issued issued;
  issued.world.sa.FailNext("LeaseLogWork", FakeSa::Fault::kNotDone);
  CHECK_REASON(issued.world.work_log_queue.Run(issued.world.call), Reason::kUnavailable);
  issued.world.WorkLogs();
  CHECK(issued.world.observer.count(LogOutcome::kSubmitted) == 1);
}

TEST_CASE("without CT there is no work with logs") {
  World world;
  const core::v1::AccountRef account = world.Account();
  const Order order = world.ReadyOrder(account, {"a.test"});
  REQUIRE_OK(
      world.finalize_order.Run(world.call, world.Finalize(account, order.order_id(), {"a.test"})));
  world.Drain();
  world.clock.Advance(absl::Hours(100));
  world.WorkLogs();
  CHECK(world.publisher.submitted().empty());
}

}  // namespace
}  // namespace cairn::ra
