#include <catch2/catch.hpp>

#include "libs/evidence/receipt.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "services/va/api/fake_validation.h"

namespace cairn::va {
namespace {

v1::ValidateRequest Request(const std::string& name) {
  v1::ValidateRequest request;
  v1::Subject* subject = request.mutable_subject();
  subject->mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
  subject->mutable_identifier()->set_value(name);
  subject->set_method("http-01");
  subject->set_token(std::string(16, 't'));
  return request;
}

TEST_CASE("the fake answers with receipts that its perspectives really signed") {
  testing::FakeClock clock(absl::FromUnixSeconds(1'800'000'000));
  FakeValidation validation(clock, 3);
  const auto response = validation.Validate({}, Request("a.test"));
  REQUIRE_OK(response);
  CHECK(response->valid());
  CHECK(response->corroboration() == "3/3");
  REQUIRE(response->attempt().receipts_size() == 4);
  for (int i = 0; i < 4; ++i) {
    const auto receipt = evidence::OpenReceipt(validation.perspective(i).public_key(),
                                               response->attempt().receipts(i));
    REQUIRE_OK(receipt);
    CHECK(receipt->attempt_id().size() == 16);
    CHECK(receipt->control().corroborated());
    CHECK(receipt->caa().permits());
  }
}

TEST_CASE("the fake counts as the primary does") {
  testing::FakeClock clock(absl::FromUnixSeconds(1'800'000'000));
  FakeValidation validation(clock, 5);
  validation.perspective(2).FailNext(errors::Make(errors::Reason::kUnavailable, "down"));
  CHECK(validation.Validate({}, Request("a.test"))->corroboration() == "4/5");
  validation.perspective(1).DenyControl("b.test", errors::Reason::kConnection, "refused");
  validation.perspective(2).ForbidCaa("b.test", "forbidden");
  const auto response = validation.Validate({}, Request("b.test"));
  REQUIRE_OK(response);
  CHECK_FALSE(response->valid());
  CHECK(response->corroboration() == "3/5");
  CHECK(response->problem().detail() == "refused");
}

TEST_CASE("a check of CAA alone has no control in its receipts") {
  testing::FakeClock clock(absl::FromUnixSeconds(1'800'000'000));
  FakeValidation validation(clock, 2);
  validation.ForbidCaa("b.test", "forbidden");
  v1::CheckCaaRequest request;
  for (const char* name : {"a.test", "b.test"}) {
    *request.add_subjects() = Request(name).subject();
    request.mutable_subjects()->rbegin()->clear_token();
    request.mutable_subjects()->rbegin()->set_caa_only(true);
  }
  const auto response = validation.CheckCaa({}, request);
  REQUIRE_OK(response);
  REQUIRE(response->results_size() == 2);
  CHECK(response->results(0).valid());
  CHECK(response->results(1).problem().detail() == "forbidden");
  CHECK_FALSE(evidence::PeekReceipt(response->results(0).attempt().receipts(0))->has_control());
  request.mutable_subjects(0)->set_caa_only(false);
  CHECK_REASON(validation.CheckCaa({}, request), errors::Reason::kMalformed);
}

TEST_CASE("a failure that was ordered comes once") {
  testing::FakeClock clock(absl::FromUnixSeconds(1'800'000'000));
  FakeValidation validation(clock, 2);
  validation.FailNext(errors::Make(errors::Reason::kUnavailable, "down"));
  CHECK_REASON(validation.Validate({}, Request("a.test")), errors::Reason::kUnavailable);
  CHECK_OK(validation.Validate({}, Request("a.test")));
  CHECK(validation.validate_requests().size() == 2);
}

}  // namespace
}  // namespace cairn::va
