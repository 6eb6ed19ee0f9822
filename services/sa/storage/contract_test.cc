// The contract of protos/sa/v1/sa.proto, over the fake that other services test
// with and over the stores that serve it.

#include <absl/time/time.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "protos/core/v1/core.pb.h"
#include "protos/evidence/v1/evidence.pb.h"
#include "protos/sa/v1/sa.pb.h"
#include "services/sa/storage/test_backends.h"

namespace cairn::sa {
namespace {

using core::v1::Account;
using core::v1::Authorization;
using core::v1::Order;
using errors::Reason;

TEMPLATE_TEST_CASE("an account is stored once for its key, as it was first made",
                   "[ACCT-02][ACCT-06]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  v1::CreateAccountRequest request;
  *request.mutable_account() = s.AccountOf('a');
  request.mutable_account()->add_contact("mailto:a@example.test");
  request.mutable_account()->add_contact("mailto:b@example.test");
  request.mutable_account()->set_terms_agreed_at(kStart - 5);
  request.mutable_account()->set_terms_url("https://example.test/terms");
  const auto first = s.account_writer().CreateAccount(s.Call(), request);
  REQUIRE_OK(first);
  CHECK(first->created());
  CHECK(first->account().status() == Account::STATUS_VALID);
  CHECK(first->account().created_at() == kStart);

  v1::CreateAccountRequest again;
  *again.mutable_account() = s.AccountOf('a');
  again.mutable_account()->set_account_id(s.Octets(24, 'z'));
  again.mutable_account()->set_salt(s.Octets(16, 'z'));
  again.mutable_account()->add_contact("mailto:other@example.test");
  const auto second = s.account_writer().CreateAccount(s.Call(), again);
  REQUIRE_OK(second);
  CHECK_FALSE(second->created());
  CHECK(second->account().SerializeAsString() == first->account().SerializeAsString());

  v1::GetAccountRequest get;
  get.set_account_id(s.Octets(24, 'a'));
  CHECK(s.account_reader().GetAccount(s.Call(), get)->account().SerializeAsString() ==
        first->account().SerializeAsString());
  v1::FindAccountRequest find;
  find.set_thumbprint(s.Octets(32, 'a'));
  CHECK(s.account_writer().FindAccount(s.Call(), find)->account().SerializeAsString() ==
        first->account().SerializeAsString());
}

TEMPLATE_TEST_CASE("an account that is not there is not found", "[ACCT-03]", FakeBackend,
                   MariaDbBackend) {
  Stage<TestType> s;
  v1::GetAccountRequest get;
  get.set_account_id(s.Octets(24, 'a'));
  CHECK_REASON(s.account_reader().GetAccount(s.Call(), get), Reason::kAccountDoesNotExist);
  v1::FindAccountRequest find;
  find.set_thumbprint(s.Octets(32, 'a'));
  CHECK_REASON(s.account_writer().FindAccount(s.Call(), find), Reason::kAccountDoesNotExist);
}

TEMPLATE_TEST_CASE("contacts are replaced, cleared, or left alone", "[ACCT-11]", FakeBackend,
                   MariaDbBackend) {
  Stage<TestType> s;
  v1::UpdateAccountRequest update;
  *update.mutable_account() = s.Register('a');
  update.add_contact("mailto:a@example.test");
  CHECK(s.account_writer().UpdateAccount(s.Call(), update)->account().contact().empty());
  update.set_set_contact(true);
  CHECK(s.account_writer().UpdateAccount(s.Call(), update)->account().contact(0) ==
        "mailto:a@example.test");
  update.clear_contact();
  CHECK(s.account_writer().UpdateAccount(s.Call(), update)->account().contact().empty());
}

TEMPLATE_TEST_CASE("whatever a subscriber asks for needs the account in force, with that key",
                   "[ACCT-13][ACCT-14][ACCT-16]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const Order order = s.ReadyOrder(ref, {"a.test"});
  const uint64_t processing = s.NewOrder(ref, {"b.test"}).order_id();
  const auto every_refusal = [&](const core::v1::AccountRef& as, Reason reason) {
    v1::UpdateAccountRequest update;
    *update.mutable_account() = as;
    CHECK_REASON(s.account_writer().UpdateAccount(s.Call(), update), reason);
    v1::GetOrderRequest get;
    *get.mutable_account() = as;
    get.set_order_id(order.order_id());
    CHECK_REASON(s.order_reader().GetOrder(s.Call(), get), reason);
    v1::GetAuthorizationRequest authorization;
    *authorization.mutable_account() = as;
    authorization.set_order_id(order.order_id());
    CHECK_REASON(s.order_reader().GetAuthorization(s.Call(), authorization), reason);
    CHECK_REASON(s.Certificate(as, 's'), reason);
    CHECK_REASON(s.order_writer().CreateOrder(s.Call(), s.OrderRequest(as, {"c.test"})), reason);
    auto no_reuse = s.OrderRequest(as, {"c.test"});
    no_reuse.set_reuse_if_valid_until(0);
    CHECK_REASON(s.order_writer().CreateOrder(s.Call(), no_reuse), reason);
    CHECK_REASON(s.Begin(as, processing, 0), reason);
    CHECK_REASON(s.BeginIssuance(as, order.order_id(), 'i'), reason);
  };
  SECTION("another key") {
    auto other = ref;
    other.set_thumbprint(s.Octets(32, 'b'));
    every_refusal(other, Reason::kUnauthorized);
  }
  SECTION("no such account") { every_refusal(s.Ref('n'), Reason::kUnauthorized); }
  SECTION("deactivated") {
    s.Deactivate(ref);
    every_refusal(ref, Reason::kAccountDeactivated);
    auto other = ref;
    other.set_thumbprint(s.Octets(32, 'b'));
    every_refusal(other, Reason::kUnauthorized);
    v1::CreateAccountRequest again;
    *again.mutable_account() = s.AccountOf('a');
    const auto found = s.account_writer().CreateAccount(s.Call(), again);
    CHECK(found->account().status() == Account::STATUS_DEACTIVATED);
  }
  SECTION("revoked") {
    s.RevokeAccount(ref.account_id());
    every_refusal(ref, Reason::kUnauthorized);
  }
  CHECK(s.Issuance(order.order_id()).order().issuance_id().empty());
}

TEMPLATE_TEST_CASE("what belongs to another account is refused, what nobody has is not found",
                   "[ACME-087]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto owner = s.Register('a');
  const auto other = s.Register('b');
  const Order order = s.ReadyOrder(owner, {"a.test"});
  REQUIRE_OK(s.BeginIssuance(owner, order.order_id(), 'i'));
  REQUIRE_OK(s.FinishIssuance(order.order_id(), 'i', 's'));

  const auto refused = [&](const core::v1::AccountRef& as, uint64_t order_id, char serial,
                           Reason reason) {
    v1::GetOrderRequest get;
    *get.mutable_account() = as;
    get.set_order_id(order_id);
    CHECK_REASON(s.order_reader().GetOrder(s.Call(), get), reason);
    v1::GetAuthorizationRequest authorization;
    *authorization.mutable_account() = as;
    authorization.set_order_id(order_id);
    CHECK_REASON(s.order_reader().GetAuthorization(s.Call(), authorization), reason);
    CHECK_REASON(s.Certificate(as, serial), reason);
    CHECK_REASON(s.Begin(as, order_id, 0), reason);
    CHECK_REASON(s.BeginIssuance(as, order_id, 'j'), reason);
  };
  refused(other, order.order_id(), 's', Reason::kUnauthorized);
  refused(owner, order.order_id() + 1, 't', Reason::kNotFound);
  CHECK(s.Certificate(owner, 's')->certificate() == std::string("\x30\x00 leaf s", 9));

  v1::GetAuthorizationRequest position;
  *position.mutable_account() = owner;
  position.set_order_id(order.order_id());
  position.set_position(1);
  CHECK_REASON(s.order_reader().GetAuthorization(s.Call(), position), Reason::kNotFound);
}

TEMPLATE_TEST_CASE("a new order has its names in their order, each with a pending authorization",
                   "[ACME-071][ACME-077][ACME-089]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  std::vector<std::string> names = {"b.test", "*.b.test", "a.test"};
  for (int i = 0; i < 97; ++i) names.push_back("n" + std::to_string(i) + ".test");
  const Order order = s.NewOrder(ref, names);
  CHECK(order.status() == Order::STATUS_PENDING);
  CHECK(order.account_id() == ref.account_id());
  CHECK(order.created_at() == kStart);
  CHECK(order.expires_at() == kStart + 7200);
  CHECK(order.profile() == "classic");
  REQUIRE(order.authorizations_size() == 100);
  CHECK(order.authorizations(0).identifier().value() == "b.test");
  CHECK_FALSE(order.authorizations(0).wildcard());
  CHECK(order.authorizations(1).identifier().value() == "b.test");
  CHECK(order.authorizations(1).wildcard());
  for (int i = 0; i < 100; ++i) {
    const Authorization& authorization = order.authorizations(i);
    CHECK(authorization.order_id() == order.order_id());
    CHECK(authorization.position() == static_cast<uint32_t>(i));
    CHECK(authorization.status() == Authorization::STATUS_PENDING);
    CHECK(authorization.expires_at() == kStart + 3600);
    CHECK(authorization.token().size() == 16);
  }
  CHECK(s.Get(ref, order.order_id()).order().SerializeAsString() == order.SerializeAsString());

  v1::GetAuthorizationRequest get;
  *get.mutable_account() = ref;
  get.set_order_id(order.order_id());
  get.set_position(2);
  CHECK(s.order_reader().GetAuthorization(s.Call(), get)->authorization().SerializeAsString() ==
        order.authorizations(2).SerializeAsString());
}

TEMPLATE_TEST_CASE("order ids are all different", "", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  std::set<uint64_t> ids;
  for (int i = 0; i < 50; ++i) ids.insert(s.NewOrder(ref, {"a.test"}).order_id());
  CHECK(ids.size() == 50);
}

TEMPLATE_TEST_CASE("an order becomes ready when the last authorization is valid",
                   "[ACME-080][ACME-095]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.NewOrder(ref, {"a.test", "b.test"}).order_id();
  const auto begun = s.Begin(ref, id, 0);
  REQUIRE_OK(begun);
  CHECK(begun->leased());
  CHECK(begun->authorization().status() == Authorization::STATUS_PROCESSING);
  CHECK(begun->authorization().method() == "http-01");
  CHECK(begun->authorization().identifier().value() == "a.test");
  CHECK(begun->authorization().token() == s.Octets(16, 'a'));
  CHECK(s.StatusOf(ref, id) == Order::STATUS_PENDING);
  s.Finish(id, 0, true);
  CHECK(s.StatusOf(ref, id) == Order::STATUS_PENDING);
  REQUIRE_OK(s.Begin(ref, id, 1));
  s.Finish(id, 1, true);
  const Order order = s.Get(ref, id).order();
  CHECK(order.status() == Order::STATUS_READY);
  CHECK(order.authorizations(0).status() == Authorization::STATUS_VALID);
  CHECK(order.authorizations(0).validated_at() == kStart);
  CHECK(order.authorizations(0).expires_at() == kStart + 1800);
  CHECK(order.authorizations(0).method() == "http-01");
}

TEMPLATE_TEST_CASE("only a challenge that is offered can be begun", "[ACME-097]", FakeBackend,
                   MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const Order order = s.NewOrder(ref, {"a.test"});
  REQUIRE(order.authorizations(0).offered_size() == 2);
  CHECK(order.authorizations(0).offered(1) == "dns-01");
  for (const char* method : {"tls-alpn-01", "http-01,dns-01", "HTTP-01"}) {
    v1::BeginValidationRequest request = s.BeginRequest(ref, order.order_id(), 0);
    request.set_method(method);
    const auto begun = s.order_writer().BeginValidation(s.Call(), request);
    REQUIRE_OK(begun);
    CHECK_FALSE(begun->leased());
    CHECK(begun->authorization().status() == Authorization::STATUS_PENDING);
    CHECK(begun->authorization().offered_size() == 2);
  }
  v1::BeginValidationRequest request = s.BeginRequest(ref, order.order_id(), 0);
  request.set_method("dns-01");
  CHECK(s.order_writer().BeginValidation(s.Call(), request)->leased());
  CHECK(s.Get(ref, order.order_id()).order().authorizations(0).method() == "dns-01");
}

TEMPLATE_TEST_CASE("a failed validation makes authorization and order invalid, and says why",
                   "[ACME-081][ACME-095]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.NewOrder(ref, {"a.test", "b.test"}).order_id();
  REQUIRE_OK(s.Begin(ref, id, 1));
  s.Finish(id, 1, false);
  const Order order = s.Get(ref, id).order();
  CHECK(order.status() == Order::STATUS_INVALID);
  CHECK(order.problem().detail() == "connection refused");
  CHECK(order.authorizations(1).status() == Authorization::STATUS_INVALID);
  CHECK(order.authorizations(1).problem().reason() == static_cast<int>(Reason::kConnection));
  CHECK(order.authorizations(1).validated_at() == 0);
  CHECK_REASON(s.BeginIssuance(ref, id, 'i'), Reason::kOrderNotReady);
}

TEMPLATE_TEST_CASE("an order and its authorizations expire to the second", "[ACME-082]",
                   FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t pending = s.NewOrder(ref, {"a.test"}).order_id();
  const uint64_t ready = s.ReadyOrder(ref, {"b.test"}).order_id();
  s.clock.Advance(absl::Seconds(1799));
  CHECK(s.StatusOf(ref, ready) == Order::STATUS_READY);
  s.clock.Advance(absl::Seconds(1));
  CHECK(s.StatusOf(ref, ready) == Order::STATUS_INVALID);
  CHECK(s.Get(ref, ready).order().authorizations(0).status() == Authorization::STATUS_EXPIRED);
  CHECK_REASON(s.BeginIssuance(ref, ready, 'i'), Reason::kOrderNotReady);
  CHECK(s.StatusOf(ref, pending) == Order::STATUS_PENDING);
  s.clock.Advance(absl::Seconds(1800));
  CHECK(s.StatusOf(ref, pending) == Order::STATUS_INVALID);
  const auto begun = s.Begin(ref, pending, 0);
  REQUIRE_OK(begun);
  CHECK_FALSE(begun->leased());
  CHECK(begun->authorization().status() == Authorization::STATUS_EXPIRED);
}

TEMPLATE_TEST_CASE("an order past its own expiry can't be finalized", "[ACME-082]", FakeBackend,
                   MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  auto request = s.OrderRequest(ref, {"a.test"});
  request.set_expires_at(s.Now() + 60);
  const uint64_t id = s.order_writer().CreateOrder(s.Call(), request)->order().order_id();
  REQUIRE_OK(s.Begin(ref, id, 0));
  s.Finish(id, 0, true);
  s.clock.Advance(absl::Seconds(60));
  CHECK(s.StatusOf(ref, id) == Order::STATUS_INVALID);
  CHECK_REASON(s.BeginIssuance(ref, id, 'i'), Reason::kOrderNotReady);
}

TEMPLATE_TEST_CASE("a valid authorization is used again, under its own address",
                   "[ACME-083][ACME-085]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const Order first = s.ReadyOrder(ref, {"x.test", "a.test"});

  const Order second = s.NewOrder(ref, {"a.test", "new.test"});
  CHECK(second.status() == Order::STATUS_PENDING);
  CHECK(second.authorizations(0).order_id() == first.order_id());
  CHECK(second.authorizations(0).position() == 1);
  CHECK(second.authorizations(0).status() == Authorization::STATUS_VALID);
  CHECK(second.authorizations(1).order_id() == second.order_id());
  CHECK(second.authorizations(1).position() == 1);
  CHECK(s.Get(ref, second.order_id()).order().SerializeAsString() == second.SerializeAsString());
  v1::GetAuthorizationRequest place;
  *place.mutable_account() = ref;
  place.set_order_id(second.order_id());
  CHECK_REASON(s.order_reader().GetAuthorization(s.Call(), place), Reason::kNotFound);

  const Order third = s.NewOrder(ref, {"a.test"});
  CHECK(third.status() == Order::STATUS_READY);
  REQUIRE_OK(s.BeginIssuance(ref, third.order_id(), 'i'));
  const auto issuance = s.Issuance(third.order_id());
  REQUIRE(issuance.attempts_size() == 1);
  CHECK(issuance.attempts(0).SerializeAsString() == s.Attempt("receipt 1").SerializeAsString());
}

TEMPLATE_TEST_CASE("an authorization that is not exactly right is not used again", "[ACME-085]",
                   FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const auto other = s.Register('b');
  const Order first = s.ReadyOrder(ref, {"a.test"});
  const auto reuses = [&](v1::CreateOrderRequest request) {
    const auto created = s.order_writer().CreateOrder(s.Call(), request);
    REQUIRE_OK(created);
    return created->order().authorizations(0).order_id() == first.order_id();
  };
  CHECK(reuses(s.OrderRequest(ref, {"a.test"})));
  CHECK_FALSE(reuses(s.OrderRequest(other, {"a.test"})));
  CHECK_FALSE(reuses(s.OrderRequest(ref, {"*.a.test"})));
  CHECK_FALSE(reuses(s.OrderRequest(ref, {"b.a.test"})));
  auto request = s.OrderRequest(ref, {"a.test"});
  request.set_reuse_if_valid_until(s.Now() + 1800);
  CHECK(reuses(request));
  request.set_reuse_if_valid_until(s.Now() + 1801);
  CHECK_FALSE(reuses(request));
  request.set_reuse_if_valid_until(0);
  CHECK_FALSE(reuses(request));
  auto address = s.OrderRequest(ref, {"a.test"});
  address.mutable_authorizations(0)->mutable_identifier()->set_type(core::v1::Identifier::TYPE_IP);
  CHECK_FALSE(reuses(address));
}

TEMPLATE_TEST_CASE("a validation is begun once, and finished once", "[ACME-097]", FakeBackend,
                   MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.NewOrder(ref, {"a.test"}).order_id();
  CHECK_REASON(s.order_writer().FinishValidation(s.Call(), s.FinishRequest(id, 0, true)),
               Reason::kConflict);
  CHECK(s.Begin(ref, id, 0)->leased());
  const auto again = s.Begin(ref, id, 0);
  REQUIRE_OK(again);
  CHECK_FALSE(again->leased());
  CHECK(again->authorization().status() == Authorization::STATUS_PROCESSING);
  CHECK(again->authorization().method() == "http-01");

  s.Finish(id, 0, true);
  s.Finish(id, 0, true);
  CHECK_REASON(s.order_writer().FinishValidation(s.Call(), s.FinishRequest(id, 0, false)),
               Reason::kConflict);
  auto other = s.FinishRequest(id, 0, true);
  *other.mutable_attempt() = s.Attempt("another");
  CHECK_REASON(s.order_writer().FinishValidation(s.Call(), other), Reason::kConflict);
  CHECK_REASON(s.order_writer().FinishValidation(s.Call(), s.FinishRequest(id, 1, true)),
               Reason::kNotFound);
  const auto over = s.Begin(ref, id, 0);
  CHECK_FALSE(over->leased());
  CHECK(over->authorization().status() == Authorization::STATUS_VALID);
}

TEMPLATE_TEST_CASE("an issuance goes from ready over processing to valid, with all it needs",
                   "[ACME-080][ACME-113]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test", "b.test"}).order_id();
  const auto ready = s.Issuance(id);
  CHECK(ready.order().status() == Order::STATUS_READY);
  CHECK(ready.finalize_jws().empty());
  CHECK(ready.account().jwk() == R"({"crv":"P-256"})");
  CHECK(ready.attempts_size() == 2);

  s.clock.Advance(absl::Seconds(3));
  const auto begun = s.order_writer().BeginIssuance(s.Call(), s.IssuanceRequest(ref, id, 'i'));
  REQUIRE_OK(begun);
  CHECK(s.StatusOf(ref, id) == Order::STATUS_PROCESSING);
  const auto issuance = s.Issuance(id);
  CHECK(begun->issuance().SerializeAsString() == issuance.SerializeAsString());
  CHECK(issuance.order().status() == Order::STATUS_PROCESSING);
  CHECK(issuance.order().issuance_id() == s.Octets(16, 'i'));
  CHECK(issuance.finalize_jws() == s.IssuanceRequest(ref, id, 'i').finalize_jws());
  CHECK(issuance.issuance_began_at() == kStart + 3);
  CHECK(issuance.account().account_id() == ref.account_id());
  REQUIRE(issuance.attempts_size() == 2);
  CHECK(issuance.attempts(0).SerializeAsString() == s.Attempt("receipt 0").SerializeAsString());
  CHECK(issuance.attempts(1).SerializeAsString() == s.Attempt("receipt 1").SerializeAsString());

  REQUIRE_OK(s.FinishIssuance(id, 'i', 's'));
  const auto got = s.Get(ref, id);
  CHECK(got.order().status() == Order::STATUS_VALID);
  CHECK(got.order().serial() == s.Octets(16, 's'));
  CHECK(got.certificate() == s.FinishIssuanceRequest(id, 'i', 's').certificate());
  REQUIRE(got.chain_size() == 2);
  CHECK(got.chain(0) == "issuer");
  CHECK(got.chain(1) == "root");
  const auto certificate = s.Certificate(ref, 's');
  REQUIRE_OK(certificate);
  CHECK(certificate->certificate() == got.certificate());
  CHECK(certificate->chain_size() == 2);
}

TEMPLATE_TEST_CASE("added receipts come after the others, and prolong the lease", "", FakeBackend,
                   MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  v1::AddReceiptsRequest add;
  add.set_order_id(id);
  add.set_issuance_id(s.Octets(16, 'i'));
  add.set_lease_seconds(30);
  *add.add_attempts() = s.Attempt("caa 1");
  CHECK_REASON(s.order_writer().AddReceipts(s.Call(), add), Reason::kConflict);
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  s.clock.Advance(absl::Seconds(20));
  REQUIRE_OK(s.order_writer().AddReceipts(s.Call(), add));
  add.clear_attempts();
  *add.add_attempts() = s.Attempt("caa 2");
  *add.add_attempts() = s.Attempt("caa 3");
  REQUIRE_OK(s.order_writer().AddReceipts(s.Call(), add));
  const auto issuance = s.Issuance(id);
  REQUIRE(issuance.attempts_size() == 4);
  CHECK(issuance.attempts(0).receipts(0).receipt() == "receipt 0");
  CHECK(issuance.attempts(1).receipts(0).receipt() == "caa 1");
  CHECK(issuance.attempts(3).SerializeAsString() == s.Attempt("caa 3").SerializeAsString());
  s.clock.Advance(absl::Seconds(29));
  CHECK(s.Lease().order_ids().empty());
  s.clock.Advance(absl::Seconds(1));
  CHECK(s.Lease().order_ids_size() == 1);
  add.set_issuance_id(s.Octets(16, 'j'));
  CHECK_REASON(s.order_writer().AddReceipts(s.Call(), add), Reason::kConflict);
  add.set_order_id(1);
  CHECK_REASON(s.order_writer().AddReceipts(s.Call(), add), Reason::kNotFound);
}

TEMPLATE_TEST_CASE("an issuance has exactly the names of its order, or does not begin",
                   "[ACME-109][ACME-112]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  // One authorization of an earlier order, one of its own.
  s.ReadyOrder(ref, {"a.test"});
  const uint64_t id = s.ReadyOrder(ref, {"a.test", "b.test"}).order_id();
  const auto begin = [&](const std::vector<std::string>& names) {
    v1::BeginIssuanceRequest request = s.IssuanceRequest(ref, id, 'i');
    request.clear_names();
    for (std::string_view name : names) {
      v1::Name& added = *request.add_names();
      added.set_wildcard(name.starts_with("*."));
      if (added.wildcard()) name.remove_prefix(2);
      added.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
      added.mutable_identifier()->set_value(std::string(name));
    }
    return s.order_writer().BeginIssuance(s.Call(), request);
  };
  CHECK_REASON(begin({}), Reason::kMalformed);
  CHECK_REASON(begin({"a.test"}), Reason::kBadCsr);
  CHECK_REASON(begin({"a.test", "c.test"}), Reason::kBadCsr);
  CHECK_REASON(begin({"a.test", "a.test"}), Reason::kBadCsr);
  CHECK_REASON(begin({"a.test", "b.test", "c.test"}), Reason::kBadCsr);
  CHECK_REASON(begin({"a.test", "*.b.test"}), Reason::kBadCsr);
  v1::BeginIssuanceRequest address = s.IssuanceRequest(ref, id, 'i');
  address.mutable_names(1)->mutable_identifier()->set_type(core::v1::Identifier::TYPE_IP);
  CHECK_REASON(s.order_writer().BeginIssuance(s.Call(), address), Reason::kBadCsr);
  CHECK(s.StatusOf(ref, id) == Order::STATUS_READY);
  CHECK_OK(begin({"b.test", "a.test"}));
}

TEMPLATE_TEST_CASE("beginning an issuance twice is the same issuance; another one is refused",
                   "[ACME-115]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  CHECK_OK(s.BeginIssuance(ref, id, 'i'));
  CHECK_OK(s.BeginIssuance(ref, id, 'i'));
  CHECK_REASON(s.BeginIssuance(ref, id, 'j'), Reason::kOrderNotReady);
  REQUIRE_OK(s.FinishIssuance(id, 'i', 's'));
  CHECK_OK(s.BeginIssuance(ref, id, 'i'));
  CHECK_REASON(s.BeginIssuance(ref, id, 'j'), Reason::kOrderNotReady);
  CHECK(s.StatusOf(ref, id) == Order::STATUS_VALID);
}

TEMPLATE_TEST_CASE("finishing an issuance again with the same serial is the same; else refused", "",
                   FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  CHECK_REASON(s.FinishIssuance(id, 'i', 's'), Reason::kConflict);
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  CHECK_REASON(s.FinishIssuance(id, 'j', 's'), Reason::kConflict);
  CHECK_OK(s.FinishIssuance(id, 'i', 's'));
  CHECK_OK(s.FinishIssuance(id, 'i', 's'));
  CHECK_REASON(s.FinishIssuance(id, 'i', 't'), Reason::kConflict);
  CHECK_REASON(s.FailIssuance(id, 'i'), Reason::kConflict);
  CHECK_REASON(s.FinishIssuance(1, 'i', 's'), Reason::kNotFound);
  CHECK_REASON(s.Certificate(ref, 't'), Reason::kNotFound);

  const uint64_t other = s.ReadyOrder(ref, {"b.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, other, 'k'));
  CHECK_REASON(s.FinishIssuance(other, 'k', 's'), Reason::kConflict);
  CHECK(s.StatusOf(ref, other) == Order::STATUS_PROCESSING);
}

TEMPLATE_TEST_CASE("a failed issuance makes the order invalid with its problem", "[ACME-114]",
                   FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  CHECK_REASON(s.FailIssuance(id, 'i'), Reason::kConflict);
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  CHECK_REASON(s.FailIssuance(id, 'j'), Reason::kConflict);
  CHECK_OK(s.FailIssuance(id, 'i'));
  CHECK_OK(s.FailIssuance(id, 'i'));
  CHECK_REASON(s.FailIssuance(1, 'i'), Reason::kNotFound);
  const Order order = s.Get(ref, id).order();
  CHECK(order.status() == Order::STATUS_INVALID);
  CHECK(order.problem().detail() == "forbidden");
  s.clock.Advance(absl::Hours(1));
  CHECK(s.Lease().order_ids().empty());
}

TEMPLATE_TEST_CASE("a certificate that comes after its order was given up is kept all the same", "",
                   FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  REQUIRE_OK(s.FailIssuance(id, 'i'));
  CHECK_REASON(s.FinishIssuance(id, 'i', 's'), Reason::kConflict);
  CHECK(s.StatusOf(ref, id) == Order::STATUS_INVALID);
  CHECK_OK(s.Certificate(ref, 's'));
  CHECK(s.Reconcile("s", "i", 5).unknown_serials().empty());
}

TEMPLATE_TEST_CASE("work whose lease ran out is leased again, once", "", FakeBackend,
                   MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t validating = s.NewOrder(ref, {"a.test", "b.test"}).order_id();
  REQUIRE_OK(s.Begin(ref, validating, 0));
  REQUIRE_OK(s.Begin(ref, validating, 1));
  s.Finish(validating, 1, true);
  const uint64_t issuing = s.ReadyOrder(ref, {"c.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, issuing, 'i'));
  s.clock.Advance(absl::Seconds(29));
  CHECK(s.Lease().validations().empty());
  CHECK(s.Lease().order_ids().empty());
  s.clock.Advance(absl::Seconds(1));
  const auto leased = s.Lease();
  REQUIRE(leased.validations_size() == 1);
  CHECK(leased.validations(0).authorization().order_id() == validating);
  CHECK(leased.validations(0).authorization().position() == 0);
  CHECK(leased.validations(0).authorization().method() == "http-01");
  CHECK(leased.validations(0).authorization().status() == Authorization::STATUS_PROCESSING);
  CHECK(leased.validations(0).thumbprint() == ref.thumbprint());
  REQUIRE(leased.order_ids_size() == 1);
  CHECK(leased.order_ids(0) == issuing);
  CHECK(s.Lease().validations().empty());
  CHECK(s.Lease().order_ids().empty());
  s.clock.Advance(absl::Seconds(30));
  CHECK(s.Lease().validations_size() == 1);
  // Done: never leased again.
  s.Finish(validating, 0, true);
  REQUIRE_OK(s.FinishIssuance(issuing, 'i', 's'));
  s.clock.Advance(absl::Hours(1));
  CHECK(s.Lease().validations().empty());
  CHECK(s.Lease().order_ids().empty());
}

TEMPLATE_TEST_CASE("no more work is leased than was asked for", "", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.NewOrder(ref, {"a.test", "b.test", "c.test"}).order_id();
  for (uint32_t i = 0; i < 3; ++i) REQUIRE_OK(s.Begin(ref, id, i));
  s.clock.Advance(absl::Minutes(1));
  CHECK(s.Lease(2).validations_size() == 2);
  CHECK(s.Lease(2).validations_size() == 1);
}

TEMPLATE_TEST_CASE("the reconciler learns which serials are unknown, and the cursor waits for them",
                   "", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t done = s.ReadyOrder(ref, {"a.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, done, 'd'));
  REQUIRE_OK(s.FinishIssuance(done, 'd', 's'));
  const uint64_t open = s.ReadyOrder(ref, {"b.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, open, 'o'));

  CHECK(s.Reconcile("", "", 0).next_index() == 0);
  const auto first = s.Reconcile("st", "do", 7);
  REQUIRE(first.unknown_serials_size() == 1);
  CHECK(first.unknown_serials(0) == s.Octets(16, 't'));
  // Its issuance is under way: the RA finishes it, and the cursor stays.
  CHECK(s.Reconcile("", "", 0).next_index() == 0);
  CHECK_REASON(s.Certificate(ref, 't'), Reason::kNotFound);
  REQUIRE_OK(s.FinishIssuance(open, 'o', 't'));
  CHECK(s.Reconcile("st", "do", 7).unknown_serials().empty());
  CHECK(s.Reconcile("", "", 0).next_index() == 7);
  // It never goes back.
  CHECK(s.Reconcile("", "", 3).next_index() == 7);
  CHECK(s.Reconcile("", "", 0).next_index() == 7);
}

TEMPLATE_TEST_CASE("a serial that no issuance under way explains is told once, and kept", "",
                   FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  CHECK(s.Reconcile("xyz", "123", 9).unknown_serials_size() == 3);
  CHECK(s.Reconcile("xyz", "123", 9).unknown_serials().empty());
  CHECK(s.Reconcile("", "", 0).next_index() == 9);
  CHECK_REASON(s.Certificate(ref, 'x'), Reason::kUnauthorized);
  // Two certificates of one issuance: the alarm does not stop.
  CHECK(s.Reconcile("w", "1", 10).unknown_serials_size() == 1);
  CHECK(s.Reconcile("w", "1", 10).unknown_serials_size() == 1);
  CHECK(s.Reconcile("", "", 0).next_index() == 9);
}

TEMPLATE_TEST_CASE("the RA's certificate takes the place of what the reconciler found", "",
                   FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  CHECK(s.Reconcile("s", "i", 1).unknown_serials_size() == 1);
  const uint64_t id = s.ReadyOrder(ref, {"a.test"}).order_id();
  REQUIRE_OK(s.BeginIssuance(ref, id, 'i'));
  CHECK_OK(s.FinishIssuance(id, 'i', 's'));
  CHECK(s.StatusOf(ref, id) == Order::STATUS_VALID);
  CHECK(s.Certificate(ref, 's')->chain_size() == 2);
}

TEMPLATE_TEST_CASE("requests that can't be right are refused before anything is asked", "",
                   FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  v1::CreateAccountRequest account;
  *account.mutable_account() = s.AccountOf('b');
  account.mutable_account()->set_salt("short");
  CHECK_REASON(s.account_writer().CreateAccount(s.Call(), account), Reason::kMalformed);
  CHECK_REASON(s.order_writer().CreateOrder(s.Call(), s.OrderRequest(ref, {})), Reason::kMalformed);
  auto order = s.OrderRequest(ref, {"a.test"});
  order.mutable_authorizations(0)->set_token("short");
  CHECK_REASON(s.order_writer().CreateOrder(s.Call(), order), Reason::kMalformed);
  CHECK_REASON(s.order_writer().CreateOrder(s.Call(), s.OrderRequest(ref, {std::string(256, 'a')})),
               Reason::kMalformed);
  auto begin = s.BeginRequest(ref, 1, 0);
  begin.clear_method();
  CHECK_REASON(s.order_writer().BeginValidation(s.Call(), begin), Reason::kMalformed);
  auto finish = s.FinishRequest(1, 0, true);
  finish.clear_attempt();
  CHECK_REASON(s.order_writer().FinishValidation(s.Call(), finish), Reason::kMalformed);
  auto issuance = s.IssuanceRequest(ref, 1, 'i');
  issuance.set_issuance_id("short");
  CHECK_REASON(s.order_writer().BeginIssuance(s.Call(), issuance), Reason::kMalformed);
  CHECK_REASON(s.order_writer().LeaseExpiredWork(s.Call(), {}), Reason::kMalformed);
  CHECK_REASON(s.order_writer().ReconcileSerials(s.Call(), {}), Reason::kMalformed);
}

// Concurrency ------------------------------------------------------------------

constexpr int kThreads = 20;

template <typename Work>
void InParallel(Work work) {
  std::atomic<bool> go = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      while (!go) std::this_thread::yield();
      work(i);
    });
  }
  go = true;
  for (auto& thread : threads) thread.join();
}

TEMPLATE_TEST_CASE("twenty new accounts with one key at the same time are one account", "[ACCT-17]",
                   FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  std::atomic<int> created = 0;
  std::atomic<int> answered = 0;
  std::vector<std::string> ids(kThreads);
  InParallel([&](int i) {
    v1::CreateAccountRequest request;
    *request.mutable_account() = s.AccountOf('a');
    request.mutable_account()->set_account_id(s.Octets(24, static_cast<char>('A' + i)));
    const auto response = s.account_writer().CreateAccount(s.Call(), request);
    if (!response.ok()) return;
    ++answered;
    created += response->created() ? 1 : 0;
    ids[static_cast<size_t>(i)] = response->account().account_id();
  });
  CHECK(answered == kThreads);
  CHECK(created == 1);
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 1);
}

TEMPLATE_TEST_CASE("of twenty finalize requests at the same time one begins the issuance",
                   "[ACME-115]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.ReadyOrder(ref, {"a.test", "b.test"}).order_id();
  std::atomic<int> begun = 0;
  std::atomic<int> refused = 0;
  InParallel([&](int i) {
    const absl::Status status = s.BeginIssuance(ref, id, static_cast<char>('A' + i));
    begun += status.ok() ? 1 : 0;
    refused += !status.ok() && errors::ReasonOf(status) == Reason::kOrderNotReady ? 1 : 0;
  });
  CHECK(begun == 1);
  CHECK(refused == kThreads - 1);
}

TEMPLATE_TEST_CASE("of twenty challenge responses at the same time one begins the validation",
                   "[ACME-097]", FakeBackend, MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  const uint64_t id = s.NewOrder(ref, {"a.test"}).order_id();
  std::atomic<int> leased = 0;
  std::atomic<int> answered = 0;
  InParallel([&](int) {
    const auto response = s.Begin(ref, id, 0);
    if (!response.ok()) return;
    ++answered;
    leased += response->leased() ? 1 : 0;
  });
  CHECK(answered == kThreads);
  CHECK(leased == 1);
}

TEMPLATE_TEST_CASE("twenty workers that look for abandoned work share it", "", FakeBackend,
                   MariaDbBackend) {
  Stage<TestType> s;
  const auto ref = s.Register('a');
  std::vector<std::string> names;
  for (int i = 0; i < 30; ++i) names.push_back("n" + std::to_string(i) + ".test");
  const uint64_t id = s.NewOrder(ref, names).order_id();
  for (uint32_t i = 0; i < 30; ++i) REQUIRE_OK(s.Begin(ref, id, i));
  s.clock.Advance(absl::Minutes(1));
  std::atomic<int> leased = 0;
  std::atomic<int> failed = 0;
  InParallel([&](int) {
    v1::LeaseExpiredWorkRequest request;
    request.set_limit(30);
    request.set_lease_seconds(30);
    const auto response = s.order_writer().LeaseExpiredWork(s.Call(), request);
    if (response.ok())
      leased += response->validations_size();
    else
      ++failed;
  });
  CHECK(failed == 0);
  CHECK(leased == 30);
}

}  // namespace
}  // namespace cairn::sa
