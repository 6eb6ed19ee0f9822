#include "services/ra/core/update_account.h"

#include <catch2/catch.hpp>

#include "libs/testing/status_matchers.h"
#include "services/ra/core/world.h"

namespace cairn::ra {
namespace {

using core::v1::Account;
using errors::Reason;
using testing::World;

v1::UpdateAccountRequest Of(const core::v1::AccountRef& account) {
  v1::UpdateAccountRequest request;
  *request.mutable_account() = account;
  return request;
}

TEST_CASE("contacts are replaced, cleared, or left alone", "[ACCT-11]") {
  World world;
  v1::UpdateAccountRequest request = Of(world.Account());
  request.set_set_contact(true);
  request.add_contact("mailto:new@ca.test");
  auto updated = world.update_account.Run(world.call, request);
  REQUIRE_OK(updated);
  CHECK(updated->account().contact(0) == "mailto:new@ca.test");

  request.set_set_contact(false);
  request.set_contact(0, "mailto:other@ca.test");
  updated = world.update_account.Run(world.call, request);
  REQUIRE_OK(updated);
  CHECK(updated->account().contact(0) == "mailto:new@ca.test");

  request.set_set_contact(true);
  request.clear_contact();
  updated = world.update_account.Run(world.call, request);
  REQUIRE_OK(updated);
  CHECK(updated->account().contact().empty());
}

TEST_CASE("a wrong contact changes nothing", "[ACCT-08]") {
  World world;
  v1::UpdateAccountRequest request = Of(world.Account());
  request.set_set_contact(true);
  request.add_contact("mailto:a@b?c=d");
  request.set_deactivate(true);
  CHECK_REASON(world.update_account.Run(world.call, request), Reason::kInvalidContact);
  CHECK(world.sa.calls("UpdateAccount") == 0);
}

TEST_CASE("a deactivated account can do nothing more", "[ACCT-14][LOG-03]") {
  World world;
  const core::v1::AccountRef account = world.Account();
  const core::v1::Order order = world.Order(account, {"www.example.test"});
  v1::UpdateAccountRequest request = Of(account);
  request.set_deactivate(true);
  const auto updated = world.update_account.Run(world.call, request);
  REQUIRE_OK(updated);
  CHECK(updated->account().status() == Account::STATUS_DEACTIVATED);
  CHECK(world.CountEvents([&](const audit::v1::Event& event) {
    return event.account_deactivated().account_uri() ==
           world.options.AccountUri(account.account_id());
  }) == 1);

  CHECK_REASON(world.update_account.Run(world.call, Of(account)), Reason::kAccountDeactivated);
  CHECK_REASON(world.TryOrder(account, {"a.test"}), Reason::kAccountDeactivated);
  CHECK_REASON(world.Challenge(account, order.order_id(), 0), Reason::kAccountDeactivated);
  CHECK_REASON(world.finalize_order.Run(
                   world.call, world.Finalize(account, order.order_id(), {"www.example.test"})),
               Reason::kAccountDeactivated);
}

TEST_CASE("an account answers to its own key only", "[ACCT-13]") {
  World world;
  v1::UpdateAccountRequest request = Of(world.Account());
  request.mutable_account()->set_thumbprint(std::string(32, 'x'));
  request.set_deactivate(true);
  CHECK_REASON(world.update_account.Run(world.call, request), Reason::kUnauthorized);
}

}  // namespace
}  // namespace cairn::ra
