#include "libs/base/call.h"

#include <catch2/catch.hpp>

#include "libs/testing/fake_clock.h"
#include "libs/testing/counting_random.h"

namespace cairn::base {
namespace {

TEST_CASE("a trace survives its header") {
  testing::CountingRandom random;
  const Trace trace = Trace::Start(random);
  CHECK(trace.ToHeader() == "00-000102030405060708090a0b0c0d0e0f-1011121314151617-01");
  const auto parsed = Trace::Parse(trace.ToHeader());
  REQUIRE(parsed.has_value());
  CHECK(parsed->trace_id == trace.trace_id);
  CHECK(parsed->parent_id == trace.parent_id);
}

TEST_CASE("other headers are no trace") {
  const char* text = GENERATE("", "00-", "01-000102030405060708090a0b0c0d0e0f-1011121314151617-01",
                              "00-000102030405060708090A0B0C0D0E0F-1011121314151617-01",
                              "00-000102030405060708090a0b0c0d0e0f_1011121314151617-01");
  CHECK_FALSE(Trace::Parse(text).has_value());
}

TEST_CASE("a call never has negative time left, and Within only shortens") {
  testing::FakeClock clock(absl::FromUnixSeconds(1000));
  const Call call{.deadline = absl::FromUnixSeconds(1010)};
  CHECK(call.Left(clock) == absl::Seconds(10));
  CHECK(call.Within(clock, absl::Seconds(3)).Left(clock) == absl::Seconds(3));
  CHECK(call.Within(clock, absl::Seconds(30)).Left(clock) == absl::Seconds(10));
  clock.Advance(absl::Seconds(11));
  CHECK(call.Left(clock) == absl::ZeroDuration());
}

}  // namespace
}  // namespace cairn::base
