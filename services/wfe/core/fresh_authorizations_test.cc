#include "services/wfe/core/fresh_authorizations.h"

#include <catch2/catch.hpp>

#include "libs/testing/fake_clock.h"

namespace cairn::wfe {
namespace {

using core::v1::Authorization;
using core::v1::Order;

constexpr uint64_t kOrder = 0x1000;
constexpr char kOwner[] = "owner";

struct Fresh {
  cairn::testing::FakeClock clock{absl::FromUnixSeconds(1'800'000'000)};
  FreshAuthorizations fresh{clock};

  void Put(uint64_t order_id, int authorizations = 1,
           Authorization::Status status = Authorization::STATUS_PENDING) {
    Order order;
    for (int i = 0; i < authorizations; ++i) {
      Authorization& authorization = *order.add_authorizations();
      authorization.set_order_id(order_id);
      authorization.set_position(static_cast<uint32_t>(i));
      authorization.set_account_id(kOwner);
      authorization.set_status(status);
    }
    fresh.Put(order);
  }
  bool Take(uint64_t order_id, uint32_t position = 0, const std::string& owner = kOwner) {
    const auto taken = fresh.Take(owner, order_id, position);
    if (!taken) return false;
    CHECK(taken->order_id() == order_id);
    CHECK(taken->position() == position);
    return true;
  }
};

TEST_CASE("each authorization of a new order is given out once") {
  Fresh fresh;
  fresh.Put(kOrder, 2);
  CHECK(fresh.Take(kOrder, 1));
  CHECK_FALSE(fresh.Take(kOrder, 1));
  CHECK(fresh.Take(kOrder, 0));
  CHECK_FALSE(fresh.Take(kOrder, 2));
  CHECK_FALSE(fresh.Take(kOrder + 1, 0));
}

TEST_CASE("another account gets nothing, and takes nothing away", "[ACME-087]") {
  Fresh fresh;
  fresh.Put(kOrder);
  CHECK_FALSE(fresh.Take(kOrder, 0, "other"));
  CHECK(fresh.Take(kOrder));
}

TEST_CASE("what may have changed is not given out") {
  Fresh fresh;
  fresh.Put(kOrder);
  SECTION("it was answered") { fresh.fresh.Drop(kOrder, 0); }
  SECTION("ten seconds are over") { fresh.clock.Advance(absl::Seconds(10)); }
  CHECK_FALSE(fresh.Take(kOrder));
  fresh.fresh.Drop(kOrder, 0);
}

TEST_CASE("what is not pending is not kept") {
  Fresh fresh;
  fresh.Put(kOrder, 1, Authorization::STATUS_VALID);
  CHECK_FALSE(fresh.Take(kOrder));
}

TEST_CASE("the oldest orders are forgotten first, and memory stays bounded") {
  Fresh fresh;
  for (uint64_t i = 0; i < 50; ++i) fresh.Put(kOrder + i, 100);
  CHECK_FALSE(fresh.Take(kOrder, 0));
  CHECK(fresh.Take(kOrder + 49, 99));
  CHECK(fresh.Take(kOrder + 10, 0));
}

}  // namespace
}  // namespace cairn::wfe
