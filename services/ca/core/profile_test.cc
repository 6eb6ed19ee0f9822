#include "services/ca/core/profile.h"

#include <absl/time/civil_time.h>

#include <catch2/catch.hpp>
#include <tuple>
#include <vector>

namespace cairn::ca {
namespace {

TEST_CASE("a profile keeps the limits of its pack and date", "[PROF-08][PROF-28]") {
  const absl::Time now = absl::FromCivil(absl::CivilDay(2026, 11, 23), absl::UTCTimeZone());
  const auto [seconds, webpki, private_use] = GENERATE(table<int64_t, bool, bool>({
      {604800, true, true},
      {604801, false, true},
      {int64_t{3650} * 86400, false, true},
      {int64_t{3650} * 86400 + 1, false, false},
  }));
  const Profile profile{.name = "p", .validity = absl::Seconds(seconds)};
  CHECK(BrokenRulesOf(profile, policy::Pack::kWebPki, now).empty() == webpki);
  CHECK(BrokenRulesOf(profile, policy::Pack::kPrivate, now).empty() == private_use);
}

TEST_CASE("clientAuth ends on 2027-03-15 for the web PKI, and for nobody else", "[PROF-19]") {
  const absl::Time day = absl::FromCivil(absl::CivilDay(2027, 3, 15), absl::UTCTimeZone());
  Profile profile{.name = "p", .validity = absl::Hours(144), .client_auth = true};
  CHECK(BrokenRulesOf(profile, policy::Pack::kWebPki, day - absl::Seconds(1)).empty());
  const std::vector<BrokenRule> broken = BrokenRulesOf(profile, policy::Pack::kWebPki, day);
  REQUIRE(broken.size() == 1);
  CHECK(broken[0].field == "client_auth");
  CHECK(BrokenRulesOf(profile, policy::Pack::kPrivate, day).empty());
  profile.client_auth = false;
  CHECK(BrokenRulesOf(profile, policy::Pack::kWebPki, day).empty());
}

}  // namespace
}  // namespace cairn::ca
