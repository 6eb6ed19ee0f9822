#include "services/sa/core/order_state.h"

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <tuple>
#include <vector>

#include "libs/errors/errors.h"
#include "libs/testing/counting_random.h"
#include "libs/testing/fake_clock.h"

namespace cairn::sa {
namespace {

using core::v1::Authorization;
using core::v1::Order;

TEST_CASE("an authorization expires while it is pending or valid, to the second", "[ACME-093]") {
  const auto [stored, late] = GENERATE(table<Authorization::Status, Authorization::Status>({
      {Authorization::STATUS_PENDING, Authorization::STATUS_EXPIRED},
      {Authorization::STATUS_VALID, Authorization::STATUS_EXPIRED},
      {Authorization::STATUS_PROCESSING, Authorization::STATUS_PROCESSING},
      {Authorization::STATUS_INVALID, Authorization::STATUS_INVALID},
      {Authorization::STATUS_DEACTIVATED, Authorization::STATUS_DEACTIVATED},
  }));
  CHECK(StatusNow(stored, 100, 99) == stored);
  CHECK(StatusNow(stored, 100, 100) == late);
}

TEST_CASE("an order's status follows from its state, its authorizations and the time",
          "[ACME-080][ACME-081][ACME-082]") {
  constexpr auto kPending = Authorization::STATUS_PENDING;
  constexpr auto kProcessing = Authorization::STATUS_PROCESSING;
  constexpr auto kValid = Authorization::STATUS_VALID;
  constexpr auto kInvalid = Authorization::STATUS_INVALID;
  constexpr auto kDeactivated = Authorization::STATUS_DEACTIVATED;
  constexpr auto kExpired = Authorization::STATUS_EXPIRED;
  using Authorizations = std::vector<Authorization::Status>;
  const auto [why, state, now, authorizations, expected] =
      GENERATE(table<const char*, OrderState, int64_t, Authorizations, Order::Status>({
          {"new", OrderState::kOpen, 99, {kPending, kPending}, Order::STATUS_PENDING},
          {"under way", OrderState::kOpen, 99, {kProcessing, kValid}, Order::STATUS_PENDING},
          {"half done", OrderState::kOpen, 99, {kValid, kPending}, Order::STATUS_PENDING},
          {"done", OrderState::kOpen, 99, {kValid, kValid}, Order::STATUS_READY},
          {"done too late", OrderState::kOpen, 100, {kValid, kValid}, Order::STATUS_INVALID},
          {"too late", OrderState::kOpen, 100, {kPending}, Order::STATUS_INVALID},
          {"one failed", OrderState::kOpen, 99, {kValid, kInvalid}, Order::STATUS_INVALID},
          {"one given up", OrderState::kOpen, 99, {kDeactivated, kValid}, Order::STATUS_INVALID},
          {"one expired", OrderState::kOpen, 99, {kExpired, kPending}, Order::STATUS_INVALID},
          {"issuing", OrderState::kProcessing, 99, {kValid}, Order::STATUS_PROCESSING},
          {"issuing late", OrderState::kProcessing, 100, {kExpired}, Order::STATUS_PROCESSING},
          {"issued", OrderState::kValid, 100, {kExpired}, Order::STATUS_VALID},
          {"failed", OrderState::kInvalid, 99, {kValid}, Order::STATUS_INVALID},
      }));
  INFO(why);
  Order order;
  order.set_expires_at(100);
  for (const auto status : authorizations) order.add_authorizations()->set_status(status);
  DeriveStatus(state, now, order);
  CHECK(order.status() == expected);
}

TEST_CASE("an order that an authorization made invalid says why", "[ACME-072]") {
  Order order;
  order.set_expires_at(100);
  Authorization& failed = *order.add_authorizations();
  failed.set_status(Authorization::STATUS_INVALID);
  failed.mutable_problem()->set_reason(static_cast<int>(errors::Reason::kConnection));
  failed.mutable_problem()->set_detail("refused");
  DeriveStatus(OrderState::kOpen, 1, order);
  CHECK(order.problem().reason() == static_cast<int>(errors::Reason::kConnection));
  CHECK(order.problem().detail() == "refused");
}

TEST_CASE("order ids grow with time and differ within a millisecond") {
  testing::FakeClock clock(absl::FromUnixSeconds(1'800'000'000));
  testing::CountingRandom random;
  const uint64_t first = NewOrderId(clock, random);
  const uint64_t second = NewOrderId(clock, random);
  CHECK(first != second);
  CHECK(first >> 22 == second >> 22);
  clock.Advance(absl::Milliseconds(1));
  CHECK(NewOrderId(clock, random) >> 22 == (first >> 22) + 1);
  clock.Set(absl::FromUnixMillis(1'767'225'600'000));
  CHECK(NewOrderId(clock, random) >> 22 == 0);
}

}  // namespace
}  // namespace cairn::sa
