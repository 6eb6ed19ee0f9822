#include "services/ra/core/finalize_order.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <thread>

#include "libs/crypto/private_key.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/test_certificates.h"
#include "services/ra/core/world.h"

namespace cairn::ra {
namespace {

using cairn::testing::CsrParts;
using cairn::testing::MakeCsr;
using core::v1::Order;
using crypto::KeyType;
using crypto::PrivateKey;
using errors::Reason;
using testing::World;

const std::vector<std::string> kNames = {"a.test", "b.test"};

struct Ready {
  World world;
  core::v1::AccountRef account = world.Account();
  Order order = world.ReadyOrder(account, kNames);

  absl::StatusOr<v1::FinalizeOrderResponse> Finalize(const std::string& csr) {
    return world.finalize_order.Run(world.call, world.FinalizeWith(account, order.order_id(), csr));
  }
  absl::StatusOr<v1::FinalizeOrderResponse> Finalize() {
    return Finalize(MakeCsr(world.key, kNames));
  }
  Order Read() { return world.Read(account, order.order_id()); }
};

TEST_CASE("a finalized order is processing at once, and on record before that",
          "[ACME-113][ACME-114][LOG-03]") {
  Ready ready;
  const auto response = ready.Finalize();
  REQUIRE_OK(response);
  CHECK(response->order().status() == Order::STATUS_PROCESSING);
  CHECK(response->order().issuance_id().size() == 16);
  CHECK(response->order().authorizations_size() == 2);
  ready.world.Drain();
  CHECK(ready.Read().status() == Order::STATUS_VALID);
  CHECK(ready.world.CountEvents([&](const audit::v1::Event& event) {
    return event.issuance_requested().issuance_id() == response->order().issuance_id() &&
           event.issuance_requested().account_uri() ==
               ready.world.options.AccountUri(ready.account.account_id());
  }) == 1);
}

TEST_CASE("whoever waits for the end of an issuance is told of it", "[ACME-113]") {
  Ready ready;
  const auto request = ready.world.Finalize(ready.account, ready.order.order_id(), kNames);
  std::vector<v1::FinalizeOrderResponse> ends;
  const auto finalize = [&] {
    const auto response = ready.world.finalize_order.Run(
        ready.world.call, request,
        [&](v1::FinalizeOrderResponse end) { ends.push_back(std::move(end)); });
    ready.world.Drain();
    return response.status();
  };
  SECTION("a certificate") {
    REQUIRE_OK(finalize());
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].order().status() == Order::STATUS_VALID);
    CHECK(ends[0].order().authorizations_size() == 2);
    sa::v1::GetOrderRequest get;
    *get.mutable_account() = ready.account;
    get.set_order_id(ready.order.order_id());
    const auto stored = ready.world.sa.GetOrder(ready.world.call, get);
    REQUIRE_OK(stored);
    CHECK(ends[0].order().serial() == stored->order().serial());
    CHECK_FALSE(ends[0].certificate().empty());
    CHECK(ends[0].certificate() == stored->certificate());
    CHECK(ends[0].chain_size() == stored->chain_size());
  }
  SECTION("a refusal") {
    ready.world.FailSigner(errors::Make(Reason::kCaa, "forbidden"));
    REQUIRE_OK(finalize());
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].order().status() == Order::STATUS_INVALID);
    CHECK(ends[0].order().problem().reason() == static_cast<int>(Reason::kCaa));
    CHECK(ends[0].certificate().empty());
    CHECK(ready.Read().status() == Order::STATUS_INVALID);
  }
  SECTION("nothing that will be known soon") {
    ready.world.pause.SetStopped(true);
    ready.world.FailSigner(errors::Make(Reason::kUnavailable, "away"));
    REQUIRE_OK(finalize());
    CHECK(ends.empty());
    CHECK(ready.Read().status() == Order::STATUS_PROCESSING);
  }
  SECTION("nothing at all") {
    ready.world.sa.FailNext("BeginIssuance", sa::FakeSa::Fault::kNotDone);
    CHECK_FALSE(finalize().ok());
    CHECK(ready.Read().status() == Order::STATUS_READY);
    CHECK(ends.empty());
  }
}

TEST_CASE("an order can be finalized only when it is ready", "[ACME-106][ACME-080]") {
  World world;
  const core::v1::AccountRef account = world.Account();
  const auto finalize = [&](uint64_t order_id) {
    return world.finalize_order.Run(world.call, world.Finalize(account, order_id, kNames));
  };
  SECTION("pending") {
    CHECK_REASON(finalize(world.Order(account, kNames).order_id()), Reason::kOrderNotReady);
  }
  SECTION("processing") {
    const Order order = world.ReadyOrder(account, kNames);
    world.FailSigner(errors::Make(Reason::kInternal, "x"));
    REQUIRE_OK(finalize(order.order_id()));
    world.Drain();
    CHECK_REASON(finalize(order.order_id()), Reason::kOrderNotReady);
  }
  SECTION("valid") {
    const Order order = world.ReadyOrder(account, kNames);
    REQUIRE_OK(finalize(order.order_id()));
    world.Drain();
    CHECK_REASON(finalize(order.order_id()), Reason::kOrderNotReady);
    CHECK(world.signer.signatures() == 1);
  }
  SECTION("invalid") {
    const Order order = world.Order(account, kNames);
    world.va.DenyControl("a.test", Reason::kConnection, "refused");
    REQUIRE_OK(world.Challenge(account, order.order_id(), 0));
    world.Drain();
    CHECK_REASON(finalize(order.order_id()), Reason::kOrderNotReady);
  }
  SECTION("expired", "[ACME-082]") {
    const Order order = world.ReadyOrder(account, kNames);
    world.clock.Advance(world.options.order_lifetime);
    CHECK_REASON(finalize(order.order_id()), Reason::kOrderNotReady);
  }
  SECTION("unknown") { CHECK_REASON(finalize(12345), Reason::kNotFound); }
}

TEST_CASE("a CSR has exactly the names of the order", "[ACME-109][ACME-112]") {
  Ready ready;
  const std::vector<std::pair<const char*, CsrParts>> wrong = {
      {"one missing", {.names = {.dns = {"a.test"}, .ips = {}}}},
      {"one extra", {.names = {.dns = {"a.test", "b.test", "c.test"}, .ips = {}}}},
      {"another", {.names = {.dns = {"a.test", "c.test"}, .ips = {}}}},
      {"an address", {.names = {.dns = {"a.test", "b.test"}, .ips = {std::string(4, '\x7f')}}}},
      {"a wildcard", {.names = {.dns = {"a.test", "*.b.test"}, .ips = {}}}},
      {"one more in the common name",
       {.names = {.dns = {"a.test", "b.test"}, .ips = {}}, .common_name = "c.test"}},
      {"common name only", {.names = {}, .common_name = "a.test"}},
  };
  for (const auto& [why, parts] : wrong) {
    INFO(why);
    CHECK_REASON(ready.Finalize(MakeCsr(ready.world.key, parts)), Reason::kBadCsr);
    CHECK(ready.Read().status() == Order::STATUS_READY);
  }
  CHECK_OK(
      ready.Finalize(MakeCsr(ready.world.key, {.names = {.dns = {"b.test", "a.test"}, .ips = {}},
                                               .common_name = "A.TEST"})));
  ready.world.Drain();
  CHECK(ready.Read().status() == Order::STATUS_VALID);
}

TEST_CASE("a CSR that is not strict, or not signed, is refused, and the order stays ready",
          "[ACME-107][ACME-108][ACME-112]") {
  Ready ready;
  const std::string good = MakeCsr(ready.world.key, kNames);
  std::string tampered = good;
  tampered.back() = static_cast<char>(tampered.back() ^ 1);
  const std::vector<std::pair<const char*, std::string>> wrong = {
      {"empty", ""},
      {"not DER", "-----BEGIN CERTIFICATE REQUEST-----"},
      {"trailing octet", good + std::string(1, '\0')},
      {"cut off", good.substr(0, good.size() - 1)},
      {"tampered", tampered},
  };
  for (const auto& [why, csr] : wrong) {
    INFO(why);
    CHECK_REASON(ready.Finalize(csr), Reason::kBadCsr);
  }
  CHECK_OK(ready.Finalize(good));
  ready.world.Drain();
  CHECK(ready.Read().status() == Order::STATUS_VALID);
}

TEST_CASE("the account's own key gets no certificate", "[ACME-110]") {
  Ready ready;
  CHECK_REASON(ready.Finalize(MakeCsr(ready.world.account_key, kNames)), Reason::kBadCsr);
  CHECK(ready.Read().status() == Order::STATUS_READY);
}

TEST_CASE("a key that policy does not permit gets no certificate", "[KEY-16][ACME-112]") {
  Ready ready;
  CHECK_REASON(ready.Finalize(MakeCsr(PrivateKey::Generate(KeyType::kRsa, 1024), kNames)),
               Reason::kBadCsr);
  CHECK_REASON(ready.Finalize(MakeCsr(PrivateKey::Generate(KeyType::kEd25519), kNames)),
               Reason::kBadCsr);
  CHECK(ready.Read().status() == Order::STATUS_READY);
}

TEST_CASE("a request for another order or another CA is refused before it is stored") {
  Ready ready;
  v1::FinalizeOrderRequest request =
      ready.world.Finalize(ready.account, ready.order.order_id(), kNames);
  SECTION("another order") {
    const Order other = ready.world.ReadyOrder(ready.account, kNames);
    request.set_order_id(other.order_id());
  }
  SECTION("not a JWS") { request.set_finalize_jws("{}"); }
  CHECK_REASON(ready.world.finalize_order.Run(ready.world.call, request), Reason::kMalformed);
  CHECK(ready.world.sa.calls("BeginIssuance") == 0);
}

TEST_CASE("one account can't finalize what belongs to another", "[ACME-087]") {
  Ready ready;
  core::v1::AccountRef other = ready.account;
  other.set_thumbprint(std::string(32, 'x'));
  v1::FinalizeOrderRequest request =
      ready.world.Finalize(ready.account, ready.order.order_id(), kNames);
  *request.mutable_account() = other;
  CHECK_REASON(ready.world.finalize_order.Run(ready.world.call, request), Reason::kUnauthorized);
}

TEST_CASE("a full queue refuses before anything is stored, and the order stays ready") {
  Ready ready;
  std::vector<WorkQueue::Slot> taken;
  for (auto slot = ready.world.issuances.Reserve(); slot.ok();
       slot = ready.world.issuances.Reserve()) {
    taken.push_back(*std::move(slot));
  }
  const auto refused = ready.Finalize();
  CHECK_REASON(refused, Reason::kOverloaded);
  CHECK(errors::RetryAfterOf(refused.status()) > absl::ZeroDuration());
  CHECK(ready.world.sa.calls("BeginIssuance") == 0);
  taken.clear();
  CHECK_OK(ready.Finalize());
  ready.world.Drain();
}

TEST_CASE("what can't be put on record is not done") {
  Ready ready;
  ready.world.audit.SetFailing(true);
  CHECK_FALSE(ready.Finalize().ok());
  CHECK(ready.Read().status() == Order::STATUS_READY);
}

TEST_CASE("twenty clients that finalize at once get one certificate", "[ACME-115]") {
  Ready ready;
  std::atomic<int> accepted = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 20; ++i) {
      clients.emplace_back([&] { accepted += ready.Finalize().ok() ? 1 : 0; });
    }
  }
  ready.world.Drain();
  CHECK(accepted == 1);
  CHECK(ready.world.signer.signatures() == 1);
  CHECK(ready.Read().status() == Order::STATUS_VALID);
}

}  // namespace
}  // namespace cairn::ra
