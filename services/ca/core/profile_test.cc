#include "services/ca/core/profile.h"

#include <absl/time/civil_time.h>

#include <catch2/catch.hpp>
#include <tuple>

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
  CHECK(WhyUnlawful(profile, policy::Pack::kWebPki, now).empty() == webpki);
  CHECK(WhyUnlawful(profile, policy::Pack::kPrivate, now).empty() == private_use);
}

}  // namespace
}  // namespace cairn::ca
