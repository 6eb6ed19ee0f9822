#include "services/ra/core/new_account.h"

#include <catch2/catch.hpp>

#include "libs/acme/account_id.h"
#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/private_key.h"
#include "libs/policy/key_blocklist.h"
#include "libs/testing/status_matchers.h"
#include "services/ra/core/test_account_request.h"
#include "services/ra/core/world.h"

namespace cairn::ra {
namespace {

using core::v1::Account;
using errors::Reason;
using testing::World;

void WithTerms(config::Ra& config) { config.set_terms_url("https://ca.test/terms/v1"); }

v1::NewAccountRequest Request() {
  v1::NewAccountRequest request = testing::AccountRequest();
  request.add_contact("mailto:admin@ca.test");
  request.set_client_address("192.0.2.1");
  return request;
}

bool Exists(World& world, const v1::NewAccountRequest& request) {
  sa::v1::FindAccountRequest find;
  find.set_thumbprint(request.thumbprint());
  return world.sa.FindAccount(world.call, find).ok();
}

TEST_CASE("a new key gets an account whose id certifies itself", "[ACCT-01][ACCT-18][LOG-03]") {
  World world;
  const auto response = world.new_account.Run(world.call, Request());
  REQUIRE_OK(response);
  CHECK(response->created());
  const Account& account = response->account();
  CHECK(account.status() == Account::STATUS_VALID);
  CHECK(account.account_id() ==
        acme::AccountId::Derive(account.first_thumbprint(), account.salt())->bytes());
  CHECK(account.contact(0) == "mailto:admin@ca.test");
  CHECK(account.terms_agreed_at() == 0);

  REQUIRE(world.audit.events().size() == 1);
  const audit::v1::Event event = world.audit.events()[0];
  CHECK(event.account_created().account_uri() == world.options.AccountUri(account.account_id()));
  CHECK(event.account_created().client_address() == "192.0.2.1");
  CHECK(event.trace_id() == world.call.trace.trace_id);
  CHECK(event.peer() == "wfe.cairn.internal");
}

TEST_CASE("two keys get two accounts, and a salt of their own each") {
  World world;
  const auto one = world.new_account.Run(world.call, Request());
  const auto two = world.new_account.Run(world.call, Request());
  REQUIRE_OK(one);
  REQUIRE_OK(two);
  CHECK(one->account().account_id() != two->account().account_id());
  CHECK(one->account().salt() != two->account().salt());
}

TEST_CASE("a key that has an account gets it as it is", "[ACCT-02][ACCT-17]") {
  World world;
  v1::NewAccountRequest again = Request();
  const auto first = world.new_account.Run(world.call, again);
  REQUIRE_OK(first);
  again.set_contact(0, GENERATE("mailto:other@ca.test", "tel:+15551234", "mailto:broken"));
  again.set_only_return_existing(GENERATE(false, true));
  const auto second = world.new_account.Run(world.call, again);
  REQUIRE_OK(second);
  CHECK_FALSE(second->created());
  CHECK(second->account().SerializeAsString() == first->account().SerializeAsString());
  CHECK(world.audit.events().size() == 1);
}

TEST_CASE("asking for an existing account only creates none", "[ACCT-03]") {
  World world;
  v1::NewAccountRequest request = Request();
  request.set_only_return_existing(true);
  CHECK_REASON(world.new_account.Run(world.call, request), Reason::kAccountDoesNotExist);
  CHECK_FALSE(Exists(world, request));
  CHECK(world.audit.events().empty());
}

TEST_CASE("where there are terms, an account needs agreement and keeps proof of it",
          "[ACCT-05][ACCT-06]") {
  World world(WithTerms);
  v1::NewAccountRequest request = Request();
  CHECK_REASON(world.new_account.Run(world.call, request), Reason::kUserActionRequired);
  CHECK_FALSE(Exists(world, request));

  request.set_terms_agreed(true);
  const auto response = world.new_account.Run(world.call, request);
  REQUIRE_OK(response);
  CHECK(response->account().terms_url() == "https://ca.test/terms/v1");
  CHECK(response->account().terms_agreed_at() == absl::ToUnixSeconds(world.clock.Now()));
  CHECK(world.audit.events()[0].account_created().terms_url() == "https://ca.test/terms/v1");

  request.set_terms_agreed(false);
  CHECK_OK(world.new_account.Run(world.call, request));
}

TEST_CASE("contacts that can't be written to make no account", "[ACCT-08]") {
  World world;
  v1::NewAccountRequest request = Request();
  request.set_contact(0, "tel:+15551234");
  CHECK_REASON(world.new_account.Run(world.call, request), Reason::kUnsupportedContact);
  request.set_contact(0, "mailto:a@b,c@d");
  CHECK_REASON(world.new_account.Run(world.call, request), Reason::kInvalidContact);
  CHECK_FALSE(Exists(world, request));
}

TEST_CASE("the key of an account that has ended gets no other one", "[ACCT-14][ACCT-16]") {
  World world;
  v1::NewAccountRequest again = Request();
  const auto response = world.new_account.Run(world.call, again);
  REQUIRE_OK(response);
  again.set_only_return_existing(GENERATE(false, true));

  SECTION("deactivated") {
    v1::UpdateAccountRequest update;
    update.mutable_account()->set_account_id(response->account().account_id());
    update.mutable_account()->set_thumbprint(response->account().thumbprint());
    update.set_deactivate(true);
    REQUIRE_OK(world.update_account.Run(world.call, update));
    CHECK_REASON(world.new_account.Run(world.call, again), Reason::kAccountDeactivated);
  }
  SECTION("blocked") {
    world.sa.RevokeAccount(response->account().account_id());
    CHECK_REASON(world.new_account.Run(world.call, again), Reason::kUnauthorized);
  }
}

TEST_CASE("a request without a key is malformed") {
  World world;
  v1::NewAccountRequest request = Request();
  SECTION("no thumbprint") { request.clear_thumbprint(); }
  SECTION("no JWK") { request.clear_jwk(); }
  CHECK_REASON(world.new_account.Run(world.call, request), Reason::kMalformed);
}

TEST_CASE("a thumbprint of another key than the request's is refused", "[ACME-020][ACCT-18]") {
  World world;
  v1::NewAccountRequest request = Request();
  const v1::NewAccountRequest other = Request();
  request.set_only_return_existing(GENERATE(false, true));
  SECTION("another key's") { request.set_thumbprint(other.thumbprint()); }
  SECTION("another key") { request.set_jwk(other.jwk()); }
  SECTION("a second spelling of the key") { request.set_jwk(" " + request.jwk()); }
  SECTION("no key at all") { request.set_jwk("{}"); }
  CHECK_REASON(world.new_account.Run(world.call, request), Reason::kMalformed);
  CHECK(world.sa.calls("CreateAccount") == 0);
  CHECK(world.sa.calls("FindAccount") == 0);
}

TEST_CASE("a key that others know, or that is weak, gets no account",
          "[KEY-01][KEY-08][KEY-12][KEY-16]") {
  World world;
  const crypto::PrivateKey known = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  const v1::NewAccountRequest request = testing::AccountRequest(known);
  REQUIRE_OK(world.new_account.Run(world.call, request));
  Options options = world.options;
  options.blocked_keys =
      policy::KeyBlocklist::FromText(
          base::Cat(base::ToHex(crypto::Sha256(known.public_key().spki_der())), " debian 2008\n"))
          .value();
  NewAccount new_account(options, world.sa, world.audit, {world.clock, world.random});
  // Not even the one that it had before.
  CHECK_REASON(new_account.Run(world.call, request), Reason::kBadPublicKey);
  CHECK_REASON(new_account.Run(world.call, testing::AccountRequest(crypto::PrivateKey::Generate(
                                               crypto::KeyType::kRsa, 1024))),
               Reason::kBadPublicKey);
  CHECK_OK(new_account.Run(world.call, Request()));
}

TEST_CASE("an account that is not on record is not handed out") {
  World world;
  world.audit.SetFailing(true);
  CHECK_FALSE(world.new_account.Run(world.call, Request()).ok());
}

TEST_CASE("a lost answer leaves one account", "[ACCT-17]") {
  World world;
  world.sa.FailNext("CreateAccount", sa::FakeSa::Fault::kDoneButAnswerLost);
  const v1::NewAccountRequest request = Request();
  CHECK_REASON(world.new_account.Run(world.call, request), Reason::kUnavailable);
  const auto again = world.new_account.Run(world.call, request);
  REQUIRE_OK(again);
  CHECK_FALSE(again->created());
}

}  // namespace
}  // namespace cairn::ra
