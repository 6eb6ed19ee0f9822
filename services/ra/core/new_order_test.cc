#include "services/ra/core/new_order.h"

#include <absl/time/civil_time.h>

#include <catch2/catch.hpp>

#include "libs/testing/status_matchers.h"
#include "services/ra/core/world.h"

namespace cairn::ra {
namespace {

using core::v1::Authorization;
using core::v1::Order;
using errors::Reason;
using testing::World;

TEST_CASE("an order has an authorization for each of its names",
          "[ACME-072][ACME-102][LOG-03][VAL-14]") {
  World world;
  const core::v1::AccountRef account = world.Account();
  const Order order = world.Order(account, {"b.test", "a.test"});
  CHECK(order.status() == Order::STATUS_PENDING);
  CHECK(order.profile() == "default");
  CHECK(absl::FromUnixSeconds(order.expires_at()) == world.clock.Now() + absl::Hours(168));
  REQUIRE(order.authorizations_size() == 2);
  CHECK(order.authorizations(0).identifier().value() == "b.test");
  CHECK(order.authorizations(1).identifier().value() == "a.test");
  CHECK(order.authorizations(0).token().size() == 16);
  CHECK(order.authorizations(0).token() != order.authorizations(1).token());

  const std::vector<audit::v1::Event> events = world.audit.events();
  const audit::v1::OrderCreated& created = events.back().order_created();
  CHECK(created.order_id() == order.order_id());
  CHECK(created.account_uri() == world.options.AccountUri(account.account_id()));
  CHECK(created.identifiers_size() == 2);
}

TEST_CASE("a name that is asked for twice, in whatever case, is one name", "[ACME-076][NAME-04]") {
  World world;
  const Order order = world.Order(world.Account(), {"a.test", "A.TEST", "b.test", "a.test"});
  REQUIRE(order.authorizations_size() == 2);
  CHECK(order.authorizations(0).identifier().value() == "a.test");
  CHECK(order.authorizations(1).identifier().value() == "b.test");
}

TEST_CASE("an order has 1 to 100 names", "[ACME-073]") {
  World world;
  const core::v1::AccountRef account = world.Account();
  std::vector<std::string> names;
  CHECK_REASON(world.TryOrder(account, names), Reason::kMalformed);
  for (int i = 0; i < 100; ++i) names.push_back("n" + std::to_string(i) + ".test");
  CHECK_OK(world.TryOrder(account, names));
  names.push_back("n100.test");
  CHECK_REASON(world.TryOrder(account, names), Reason::kMalformed);
}

TEST_CASE("identifiers that this CA does not serve are refused by their kind",
          "[ACME-073][ACME-074][ACME-075][ACME-088][NAME-01][NAME-10][NAME-12][NAME-15]"
          "[NAME-17]") {
  World world;
  const auto [why, type, value, reason] =
      GENERATE(table<const char*, const char*, const char*, Reason>({
          {"no type", "", "a.test", Reason::kMalformed},
          {"no value", "dns", "", Reason::kMalformed},
          {"unknown type", "email", "a@b.test", Reason::kUnsupportedIdentifier},
          {"no address", "ip", "a.test", Reason::kMalformed},
          {"address in another form", "ip", "2001:DB8::1", Reason::kMalformed},
          {"address as a name", "dns", "192.0.2.1", Reason::kMalformed},
          {"wildcard of a wildcard", "dns", "*.*.a.test", Reason::kMalformed},
          {"wildcard inside", "dns", "a.*.test", Reason::kMalformed},
          {"underscore", "dns", "a_b.test", Reason::kMalformed},
          {"trailing dot", "dns", "a.test.", Reason::kMalformed},
          {"onion", "dns", "a.onion", Reason::kRejectedIdentifier},
          {"reverse", "dns", "1.0.0.10.in-addr.arpa", Reason::kRejectedIdentifier},
      }));
  INFO(why);
  v1::NewOrderRequest request;
  *request.mutable_account() = world.Account();
  v1::RequestedIdentifier& identifier = *request.add_identifiers();
  identifier.set_type(type);
  identifier.set_value(value);
  CHECK_REASON(world.new_order.Run(world.call, request), reason);
  CHECK(world.sa.calls("CreateOrder") == 0);
}

std::vector<std::string> Offered(const core::v1::Authorization& authorization) {
  return {authorization.offered().begin(), authorization.offered().end()};
}

TEST_CASE("each name gets the challenges that can prove it", "[ACME-091][VAL-35][VAL-45][VAL-53]") {
  World world;
  v1::NewOrderRequest request;
  *request.mutable_account() = world.Account();
  for (const auto& [type, value] : std::vector<std::pair<std::string, std::string>>{
           {"dns", "a.test"}, {"dns", "*.a.test"}, {"ip", "192.0.2.1"}, {"ip", "2001:db8::1"}}) {
    v1::RequestedIdentifier& identifier = *request.add_identifiers();
    identifier.set_type(type);
    identifier.set_value(value);
  }
  const auto response = world.new_order.Run(world.call, request);
  REQUIRE_OK(response);
  const core::v1::Order& order = response->order();
  // A name and the wildcard of it are two names.
  REQUIRE(order.authorizations_size() == 4);
  CHECK(Offered(order.authorizations(0)) ==
        std::vector<std::string>{"http-01", "dns-01", "tls-alpn-01"});
  CHECK(order.authorizations(1).identifier().value() == "a.test");
  CHECK(order.authorizations(1).wildcard());
  CHECK(Offered(order.authorizations(1)) == std::vector<std::string>{"dns-01"});
  CHECK(order.authorizations(2).identifier().type() == core::v1::Identifier::TYPE_IP);
  CHECK(Offered(order.authorizations(2)) == std::vector<std::string>{"http-01", "tls-alpn-01"});
}

TEST_CASE("what no challenge of the profile can prove is refused", "[VAL-35][VAL-45]") {
  World world([](config::Ra& config) {
    config.add_profiles("default");
    config.add_profiles("web");
    config::Challenges& web = *config.add_challenges();
    web.set_profile("web");
    web.add_methods("http-01");
    config::Challenges& others = *config.add_challenges();
    others.add_methods("dns-01");
    others.add_methods("dns-persist-01");
  });
  const core::v1::AccountRef account = world.Account();
  CHECK_REASON(world.TryOrder(account, {"*.a.test"}, "web"), Reason::kRejectedIdentifier);
  CHECK_OK(world.TryOrder(account, {"*.a.test"}));
  v1::NewOrderRequest request;
  *request.mutable_account() = account;
  request.add_identifiers()->set_type("ip");
  request.mutable_identifiers(0)->set_value("192.0.2.1");
  CHECK_REASON(world.new_order.Run(world.call, request), Reason::kRejectedIdentifier);
  request.set_profile("web");
  CHECK_OK(world.new_order.Run(world.call, request));
}

TEST_CASE("each refused name is a subproblem of its own", "[ACME-067]") {
  World world;
  const auto response =
      world.TryOrder(world.Account(), {"good.test", "bad_.test", "\x01.test", "*.onion"});
  CHECK_REASON(response, Reason::kMalformed);
  const errors::v1::Error error = errors::PayloadOf(response.status());
  REQUIRE(error.subproblems_size() == 3);
  CHECK(error.subproblems(0).identifier_value() == "bad_.test");
  CHECK(error.subproblems(0).identifier_type() == "dns");
  CHECK(error.subproblems(0).reason() == static_cast<int>(Reason::kMalformed));
  CHECK(error.subproblems(1).identifier_value() == "\\x01.test");
  CHECK(error.subproblems(2).reason() == static_cast<int>(Reason::kRejectedIdentifier));
}

TEST_CASE("an order names a profile of this CA or none") {
  World world([](config::Ra& config) {
    config.set_default_profile("classic");
    config.add_profiles("classic");
    config.add_profiles("short");
  });
  const core::v1::AccountRef account = world.Account();
  CHECK(world.TryOrder(account, {"a.test"})->order().profile() == "classic");
  CHECK(world.TryOrder(account, {"a.test"}, "short")->order().profile() == "short");
  CHECK_REASON(world.TryOrder(account, {"a.test"}, "long"), Reason::kInvalidProfile);
}

TEST_CASE("a valid authorization is reused, and the order ready at once", "[ACME-083][NAME-04]") {
  World world;
  const core::v1::AccountRef account = world.Account();
  const Order first = world.ReadyOrder(account, {"a.test"});
  const Order second = world.Order(account, {"A.test"});
  CHECK(second.status() == Order::STATUS_READY);
  CHECK(second.authorizations(0).order_id() == first.order_id());
  CHECK(world.Order(account, {"a.test", "b.test"}).status() == Order::STATUS_PENDING);
}

TEST_CASE("an authorization that would end before the order is not reused", "[ACME-085]") {
  World world([](config::Ra& config) {
    config.set_authorization_lifetime("48h");
    config.set_order_lifetime("24h");
  });
  const core::v1::AccountRef account = world.Account();
  world.ReadyOrder(account, {"a.test"});
  world.clock.Advance(absl::Hours(24));
  CHECK(world.Order(account, {"a.test"}).status() == Order::STATUS_READY);
  world.clock.Advance(absl::Seconds(1));
  CHECK(world.Order(account, {"a.test"}).status() == Order::STATUS_PENDING);
}

TEST_CASE("an authorization older than the reuse window is not reused", "[VAL-07][VAL-09]") {
  World world([](config::Ra& config) { config.set_reuse_window("7h"); });
  const core::v1::AccountRef account = world.Account();
  world.ReadyOrder(account, {"a.test"});
  world.clock.Advance(absl::Hours(7));
  CHECK(world.Order(account, {"a.test"}).status() == Order::STATUS_READY);
  world.clock.Advance(absl::Seconds(1));
  CHECK(world.Order(account, {"a.test"}).status() == Order::STATUS_PENDING);
}

TEST_CASE("what the law of the order's last day calls too old is not reused", "[VAL-07]") {
  // 100 days from 2027-03-15 on.
  World world([](config::Ra& config) {
    config.set_authorization_lifetime("4800h");
    config.set_order_lifetime("24h");
  });
  const core::v1::AccountRef account = world.Account();
  world.ReadyOrder(account, {"a.test"});
  const absl::Time change = absl::FromCivil(absl::CivilDay(2027, 3, 15), absl::UTCTimeZone());
  world.clock.Set(change - absl::Hours(24) - absl::Seconds(1));
  CHECK(world.Order(account, {"a.test"}).status() == Order::STATUS_READY);
  world.clock.Advance(absl::Seconds(1));
  CHECK(world.Order(account, {"a.test"}).status() == Order::STATUS_PENDING);
}

TEST_CASE("without a reuse window nothing is reused") {
  World world([](config::Ra& config) { config.set_reuse_window("0s"); });
  const core::v1::AccountRef account = world.Account();
  world.ReadyOrder(account, {"a.test"});
  CHECK(world.Order(account, {"a.test"}).status() == Order::STATUS_PENDING);
}

}  // namespace
}  // namespace cairn::ra
