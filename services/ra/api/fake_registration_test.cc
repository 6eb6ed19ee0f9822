#include "services/ra/api/fake_registration.h"

#include <absl/time/time.h>

#include <catch2/catch.hpp>

#include "libs/errors/errors.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"

namespace cairn::ra {
namespace {

using core::v1::Authorization;
using core::v1::Order;
using errors::Reason;

struct World {
  testing::FakeClock clock{absl::FromUnixSeconds(1790000000)};
  FakeRegistration fake{clock, "https://ca.test/terms"};
  base::Call call;

  core::v1::AccountRef NewAccount(std::string thumbprint) {
    v1::NewAccountRequest request;
    request.set_thumbprint(thumbprint);
    request.set_terms_agreed(true);
    const auto response = fake.NewAccount(call, request);
    REQUIRE_OK(response);
    core::v1::AccountRef account;
    account.set_account_id(response->account().account_id());
    account.set_thumbprint(std::move(thumbprint));
    return account;
  }

  Order NewOrder(const core::v1::AccountRef& account) {
    v1::NewOrderRequest request;
    *request.mutable_account() = account;
    request.add_identifiers()->set_type("dns");
    request.mutable_identifiers(0)->set_value("WWW.example.test");
    const auto response = fake.NewOrder(call, request);
    REQUIRE_OK(response);
    return response->order();
  }

  absl::StatusOr<sa::v1::GetOrderResponse> GetOrder(const core::v1::AccountRef& account,
                                                    uint64_t order_id) {
    sa::v1::GetOrderRequest request;
    *request.mutable_account() = account;
    request.set_order_id(order_id);
    return fake.GetOrder(call, request);
  }
};

TEST_CASE("an order goes from pending to valid when the test says so") {
  World world;
  const core::v1::AccountRef account = world.NewAccount("key 1");
  const Order order = world.NewOrder(account);
  CHECK(order.status() == Order::STATUS_PENDING);
  CHECK(order.authorizations(0).identifier().value() == "www.example.test");

  v1::FinalizeOrderRequest finalize;
  *finalize.mutable_account() = account;
  finalize.set_order_id(order.order_id());
  CHECK_REASON(world.fake.FinalizeOrder(world.call, finalize), Reason::kOrderNotReady);

  v1::StartValidationRequest start;
  *start.mutable_account() = account;
  start.set_order_id(order.order_id());
  start.set_method("http-01");
  const auto started = world.fake.StartValidation(world.call, start);
  REQUIRE_OK(started);
  CHECK(started->authorization().status() == Authorization::STATUS_PROCESSING);

  CHECK(world.fake.FinishValidation(order.order_id(), 0));
  CHECK(world.GetOrder(account, order.order_id())->order().status() == Order::STATUS_READY);
  REQUIRE_OK(world.fake.FinalizeOrder(world.call, finalize));
  CHECK(world.fake.FinishIssuance(order.order_id(), "serial", "leaf", {"issuer"}));
  const auto valid = world.GetOrder(account, order.order_id());
  REQUIRE_OK(valid);
  CHECK(valid->order().status() == Order::STATUS_VALID);
  CHECK(valid->certificate() == "leaf");
  CHECK_FALSE(world.fake.FailIssuance(order.order_id(), {}));
}

TEST_CASE("one account can't reach what belongs to another") {
  World world;
  const core::v1::AccountRef owner = world.NewAccount("key 1");
  const core::v1::AccountRef other = world.NewAccount("key 2");
  const Order order = world.NewOrder(owner);
  CHECK_REASON(world.GetOrder(other, order.order_id()), Reason::kUnauthorized);
}

TEST_CASE("a fault happens once, with or without the deed") {
  World world;
  const bool but_done = GENERATE(false, true);
  world.fake.FailNext("NewAccount", errors::Make(Reason::kUnavailable, "away"), but_done);
  v1::NewAccountRequest request;
  request.set_thumbprint("key 1");
  request.set_terms_agreed(true);
  CHECK_REASON(world.fake.NewAccount(world.call, request), Reason::kUnavailable);
  const auto again = world.fake.NewAccount(world.call, request);
  REQUIRE_OK(again);
  CHECK(again->created() == !but_done);
  CHECK(world.fake.calls("NewAccount") == 2);
}

}  // namespace
}  // namespace cairn::ra
