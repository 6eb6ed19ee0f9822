#include "services/va/reports/report_limits.h"

#include <catch2/catch.hpp>

#include "libs/testing/fake_clock.h"

namespace cairn::va {
namespace {

TEST_CASE("a domain gets one report in an interval", "[CAA-32]") {
  testing::FakeClock clock{absl::FromUnixSeconds(1'795'696'496)};
  ReportLimits limits(absl::Hours(24), 100, clock);
  CHECK(limits.Admit("a.test"));
  CHECK_FALSE(limits.Admit("a.test"));
  CHECK(limits.Admit("b.test"));
  clock.Advance(absl::Hours(24) - absl::Seconds(1));
  CHECK_FALSE(limits.Admit("a.test"));
  clock.Advance(absl::Seconds(1));
  CHECK(limits.Admit("a.test"));
  CHECK_FALSE(limits.Admit("a.test"));
}

TEST_CASE("all domains together get so many reports in an hour", "[CAA-32]") {
  testing::FakeClock clock{absl::FromUnixSeconds(1'795'696'496)};
  ReportLimits limits(absl::Hours(24), 2, clock);
  CHECK(limits.Admit("a.test"));
  clock.Advance(absl::Minutes(30));
  CHECK(limits.Admit("b.test"));
  CHECK_FALSE(limits.Admit("c.test"));
  clock.Advance(absl::Minutes(30));
  // What was refused has not been counted; the hour of the first one is over.
  CHECK(limits.Admit("c.test"));
  CHECK_FALSE(limits.Admit("d.test"));
}

}  // namespace
}  // namespace cairn::va
