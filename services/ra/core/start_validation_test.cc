#include "services/ra/core/start_validation.h"

#include <catch2/catch.hpp>
#include <latch>

#include "libs/testing/status_matchers.h"
#include "services/ra/core/test_account_request.h"
#include "services/ra/core/world.h"

namespace cairn::ra {
namespace {

using core::v1::Authorization;
using core::v1::Order;
using errors::Reason;
using sa::FakeSa;
using testing::World;

struct Started {
  World world;
  core::v1::AccountRef account = world.Account();
  Order order = world.Order(account, {"a.test"});

  absl::StatusOr<v1::StartValidationResponse> Challenge() {
    return world.Challenge(account, order.order_id(), 0);
  }
  Authorization Read() { return world.Read(account, order.order_id()).authorizations(0); }
};

TEST_CASE("a challenge is answered at once and validated in the background",
          "[ACME-095][ACME-103][VAL-08][VAL-19]") {
  Started started;
  World& world = started.world;
  // Nobody has looked at anything before the client says that it is ready.
  CHECK(world.va.validate_requests().empty());
  const auto response = started.Challenge();
  REQUIRE_OK(response);
  CHECK(response->authorization().status() == Authorization::STATUS_PROCESSING);
  world.Drain();

  const Authorization authorization = started.Read();
  CHECK(authorization.status() == Authorization::STATUS_VALID);
  CHECK(authorization.validated_at() == absl::ToUnixSeconds(world.clock.Now()));
  CHECK(authorization.expires_at() ==
        absl::ToUnixSeconds(world.clock.Now() + world.options.authorization_lifetime));
  CHECK(world.observer.count(ValidationOutcome::kValid) == 1);

  REQUIRE(world.va.validate_requests().size() == 1);
  const va::v1::ValidateRequest validate = world.va.validate_requests()[0];
  const va::v1::Subject& subject = validate.subject();
  CHECK(subject.identifier().value() == "a.test");
  CHECK(subject.method() == "http-01");
  CHECK(subject.token() == authorization.token());
  CHECK(subject.account_thumbprint() == started.account.thumbprint());
  CHECK(subject.account_uri() == world.options.AccountUri(started.account.account_id()));
}

TEST_CASE("whoever waits for the end of a validation is told of it", "[ACME-095]") {
  Started started;
  World& world = started.world;
  v1::StartValidationRequest request;
  *request.mutable_account() = started.account;
  request.set_order_id(started.order.order_id());
  request.set_method("http-01");
  std::vector<Authorization> ends;
  const auto challenge = [&] {
    const auto response = world.start_validation.Run(
        world.call, request,
        [&](v1::StartValidationResponse end) { ends.push_back(end.authorization()); });
    world.Drain();
    return response.status();
  };
  SECTION("valid, as it is stored") {
    REQUIRE_OK(challenge());
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].status() == Authorization::STATUS_VALID);
    CHECK(ends[0].SerializeAsString() == started.Read().SerializeAsString());
    SECTION("once") {
      CHECK_OK(challenge());
      CHECK(ends.size() == 1);
    }
  }
  SECTION("invalid, as it is stored") {
    world.va.DenyControl("a.test", Reason::kIncorrectResponse, "wrong content");
    REQUIRE_OK(challenge());
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].status() == Authorization::STATUS_INVALID);
    CHECK(ends[0].SerializeAsString() == started.Read().SerializeAsString());
  }
  SECTION("nothing that will be known soon") {
    world.pause.SetStopped(true);
    world.va.FailNext(errors::Make(Reason::kUnavailable, "away"));
    REQUIRE_OK(challenge());
    CHECK(ends.empty());
    CHECK(started.Read().status() == Authorization::STATUS_PROCESSING);
  }
}

TEST_CASE("a failed validation ends authorization and order", "[ACME-095]") {
  Started started;
  started.world.va.DenyControl("a.test", Reason::kIncorrectResponse, "wrong content");
  REQUIRE_OK(started.Challenge());
  started.world.Drain();
  const Authorization authorization = started.Read();
  CHECK(authorization.status() == Authorization::STATUS_INVALID);
  CHECK(authorization.problem().reason() == static_cast<int>(Reason::kIncorrectResponse));
  CHECK(started.world.Read(started.account, started.order.order_id()).status() ==
        Order::STATUS_INVALID);
  CHECK(started.world.observer.count(ValidationOutcome::kInvalid) == 1);
  CHECK_REASON(started.Challenge(), Reason::kMalformed);
}

TEST_CASE("answering a challenge twice validates once", "[ACME-097]") {
  Started started;
  REQUIRE_OK(started.Challenge());
  CHECK_OK(started.Challenge());
  started.world.Drain();
  const auto again = started.Challenge();
  REQUIRE_OK(again);
  CHECK(again->authorization().status() == Authorization::STATUS_VALID);
  started.world.Drain();
  CHECK(started.world.va.validate_requests().size() == 1);
}

TEST_CASE("a challenge of an expired authorization is refused", "[ACME-097][VAL-13]") {
  Started started;
  started.world.clock.Advance(started.world.options.pending_authorization_lifetime);
  CHECK_REASON(started.Challenge(), Reason::kMalformed);
}

TEST_CASE("only what is offered can be answered", "[ACME-097]") {
  Started started;
  v1::StartValidationRequest request;
  *request.mutable_account() = started.account;
  request.set_order_id(started.order.order_id());
  request.set_method(GENERATE("dns-account-01", "dns-persist-01", "HTTP-01", "http-01,dns-01"));
  CHECK_REASON(started.world.start_validation.Run(started.world.call, request), Reason::kNotFound);
  CHECK(started.Read().status() == Authorization::STATUS_PENDING);
  started.world.Drain();
  CHECK(started.world.va.validate_requests().empty());
}

TEST_CASE("the method that was answered is the one that is looked at") {
  Started started;
  v1::StartValidationRequest request;
  *request.mutable_account() = started.account;
  request.set_order_id(started.order.order_id());
  request.set_method("dns-01");
  REQUIRE_OK(started.world.start_validation.Run(started.world.call, request));
  started.world.Drain();
  REQUIRE(started.world.va.validate_requests().size() == 1);
  CHECK(started.world.va.validate_requests()[0].subject().method() == "dns-01");
  CHECK(started.Read().method() == "dns-01");
}

TEST_CASE("what can't be reached is looked at again, with fresh attempts", "[MPIC-11]") {
  Started started;
  started.world.va.DenyControl("a.test", GENERATE(Reason::kConnection, Reason::kDns), "no answer");
  REQUIRE_OK(started.Challenge());
  started.world.Drain();
  CHECK(started.world.va.validate_requests().size() == 3);
  CHECK(started.Read().status() == Authorization::STATUS_INVALID);
}

TEST_CASE("a wrong answer stands at once") {
  Started started;
  started.world.va.DenyControl(
      "a.test", GENERATE(Reason::kUnauthorized, Reason::kIncorrectResponse, Reason::kTls), "wrong");
  REQUIRE_OK(started.Challenge());
  started.world.Drain();
  CHECK(started.world.va.validate_requests().size() == 1);
}

TEST_CASE("one account can't answer for another", "[ACME-087]") {
  Started started;
  const v1::NewAccountRequest other = testing::AccountRequest();
  const auto created = started.world.new_account.Run(started.world.call, other);
  REQUIRE_OK(created);
  core::v1::AccountRef account;
  account.set_account_id(created->account().account_id());
  account.set_thumbprint(other.thumbprint());
  CHECK_REASON(started.world.Challenge(account, started.order.order_id(), 0),
               Reason::kUnauthorized);
}

TEST_CASE("a full queue refuses before anything is stored") {
  Started started;
  std::vector<WorkQueue::Slot> taken;
  for (auto slot = started.world.validations.Reserve(); slot.ok();
       slot = started.world.validations.Reserve()) {
    taken.push_back(*std::move(slot));
  }
  CHECK_REASON(started.Challenge(), Reason::kOverloaded);
  CHECK(started.Read().status() == Authorization::STATUS_PENDING);
  taken.clear();
  CHECK_OK(started.Challenge());
  started.world.Drain();
}

TEST_CASE("a validation survives every loss of a step or of its answer", "[ACME-114]") {
  struct Case {
    const char* method;
    FakeSa::Fault fault;
  };
  const auto [method, fault] = GENERATE(values<Case>({
      {"BeginValidation", FakeSa::Fault::kNotDone},
      {"BeginValidation", FakeSa::Fault::kDoneButAnswerLost},
      {"FinishValidation", FakeSa::Fault::kNotDone},
      {"FinishValidation", FakeSa::Fault::kDoneButAnswerLost},
  }));
  INFO(method << " " << static_cast<int>(fault));
  Started started;
  started.world.sa.FailNext(method, fault);
  if (!started.Challenge().ok()) {
    // The client tries again, and otherwise the lease runs out.
    CHECK_OK(started.Challenge());
  }
  started.world.Drain();
  started.world.Recover();
  CHECK(started.Read().status() == Authorization::STATUS_VALID);
}

TEST_CASE("a VA that comes back in time is asked again") {
  Started started;
  started.world.va.FailNext(errors::Make(
      GENERATE(Reason::kUnavailable, Reason::kOverloaded, Reason::kDeadlineExceeded), "away"));
  REQUIRE_OK(started.Challenge());
  started.world.Drain();
  CHECK(started.Read().status() == Authorization::STATUS_VALID);
  CHECK(started.world.pause.pauses() == 1);
}

TEST_CASE("a validation that nobody can finish now goes on when its lease has run out") {
  Started started;
  for (int i = 0; i < 100; ++i) started.world.va.FailNext(errors::Make(Reason::kUnavailable, "x"));
  REQUIRE_OK(started.Challenge());
  started.world.Drain();
  CHECK(started.Read().status() == Authorization::STATUS_PROCESSING);
  CHECK(started.world.observer.count(ValidationOutcome::kUnfinished) == 1);
  for (int i = 0; i < 20 && started.Read().status() == Authorization::STATUS_PROCESSING; ++i) {
    started.world.Recover();
  }
  CHECK(started.Read().status() == Authorization::STATUS_VALID);
  CHECK(started.world.observer.count(Recovered::kValidation) > 0);
}

TEST_CASE("a validation that is never finished is given up in time") {
  Started started;
  World& world = started.world;
  world.pause.SetStopped(true);
  world.va.FailNext(errors::Make(Reason::kUnavailable, "x"));
  REQUIRE_OK(started.Challenge());
  world.Drain();
  const absl::Time began = world.clock.Now();
  while (started.Read().status() == Authorization::STATUS_PROCESSING) {
    REQUIRE(world.clock.Now() < began + 2 * world.options.work_timeout);
    world.va.FailNext(errors::Make(Reason::kUnavailable, "crashed again"));
    world.Recover();
  }
  CHECK(started.Read().status() == Authorization::STATUS_INVALID);
  CHECK(world.clock.Now() >= began + world.options.work_timeout);
}

TEST_CASE("a VA that fails for good ends the authorization", "[ACME-068]") {
  Started started;
  started.world.va.FailNext(errors::Make(Reason::kInternal, "resolver at 10.0.0.1 crashed"));
  REQUIRE_OK(started.Challenge());
  started.world.Drain();
  const Authorization authorization = started.Read();
  CHECK(authorization.status() == Authorization::STATUS_INVALID);
  CHECK(authorization.problem().detail().find("10.0.0.1") == std::string::npos);
}

TEST_CASE("work that waited longer than its lease is left to the next holder") {
  Started started;
  std::latch release(2);
  std::latch blocked(2);
  for (int i = 0; i < 2; ++i) {
    auto slot = started.world.validations.Reserve();
    REQUIRE_OK(slot);
    std::move(*slot).Run([&] {
      blocked.count_down();
      release.wait();
    });
  }
  blocked.wait();
  REQUIRE_OK(started.Challenge());
  started.world.clock.Advance(started.world.options.lease);
  release.count_down(2);
  started.world.Drain();
  CHECK(started.world.va.validate_requests().empty());
  CHECK(started.world.observer.count(ValidationOutcome::kUnfinished) == 1);
  started.world.Recover();
  CHECK(started.Read().status() == Authorization::STATUS_VALID);
}

}  // namespace
}  // namespace cairn::ra
