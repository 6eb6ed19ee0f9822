#include "services/ra/core/recover_work.h"

#include <catch2/catch.hpp>

#include "libs/testing/status_matchers.h"
#include "services/ra/core/world.h"

namespace cairn::ra {
namespace {

using core::v1::Order;
using errors::Reason;
using testing::World;

TEST_CASE("work under a lease that runs is left alone") {
  World world;
  const core::v1::AccountRef account = world.Account();
  const Order order = world.ReadyOrder(account, {"a.test"});
  world.FailSigner(errors::Make(Reason::kInternal, "x"));
  REQUIRE_OK(
      world.finalize_order.Run(world.call, world.Finalize(account, order.order_id(), {"a.test"})));
  world.Drain();
  world.clock.Advance(world.options.lease - absl::Seconds(1));
  CHECK_OK(world.recover_work.Run(world.call));
  world.Drain();
  CHECK(world.Read(account, order.order_id()).status() == Order::STATUS_PROCESSING);
  CHECK(world.observer.count(Recovered::kIssuance) == 0);

  world.clock.Advance(absl::Seconds(1));
  CHECK_OK(world.recover_work.Run(world.call));
  world.Drain();
  CHECK(world.Read(account, order.order_id()).status() == Order::STATUS_VALID);
  CHECK(world.observer.count(Recovered::kIssuance) == 1);
}

TEST_CASE("no more is leased than there is room for") {
  World world;
  const core::v1::AccountRef account = world.Account();
  world.pause.SetStopped(true);
  for (int i = 0; i < 3; ++i) {
    const Order order = world.Order(account, {"n" + std::to_string(i) + ".test"});
    world.va.FailNext(errors::Make(Reason::kUnavailable, "x"));
    REQUIRE_OK(world.Challenge(account, order.order_id(), 0));
    world.Drain();
  }
  CHECK(world.observer.count(ValidationOutcome::kUnfinished) == 3);
  world.clock.Advance(world.options.lease);

  std::vector<WorkQueue::Slot> taken;
  for (auto slot = world.issuances.Reserve(); slot.ok(); slot = world.issuances.Reserve()) {
    taken.push_back(*std::move(slot));
  }
  CHECK_OK(world.recover_work.Run(world.call));
  CHECK(world.sa.calls("LeaseExpiredWork") == 0);
  taken.pop_back();
  CHECK_OK(world.recover_work.Run(world.call));
  taken.clear();
  world.Drain();
  CHECK(world.observer.count(Recovered::kValidation) == 1);
  CHECK(world.observer.count(ValidationOutcome::kValid) == 1);
}

TEST_CASE("an SA that is away is an error to report, and to try again") {
  World world;
  world.sa.FailNext("LeaseExpiredWork", sa::FakeSa::Fault::kNotDone);
  CHECK_REASON(world.recover_work.Run(world.call), Reason::kUnavailable);
  CHECK_OK(world.recover_work.Run(world.call));
  CHECK(world.validations.taken() == 0);
  CHECK(world.issuances.taken() == 0);
}

}  // namespace
}  // namespace cairn::ra
