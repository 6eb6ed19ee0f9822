#include "libs/policy/calendar.h"

#include <absl/time/civil_time.h>

#include <catch2/catch.hpp>

namespace cairn::policy {
namespace {

absl::Time Day(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone());
}
int InDays(absl::Duration duration) { return static_cast<int>(duration / absl::Hours(24)); }

TEST_CASE("the web PKI's limits change on their days, to the second",
          "[PROF-08][VAL-07][PROF-28][MPIC-02][MPIC-04][CRL-04][OCSP-03]") {
  struct Row {
    absl::Time day;
    int validity[2], control[2], short_lived[2], remotes[2], rirs[2];
  };
  const Row row = GENERATE(values<Row>({
      {Day(2026, 3, 15), {398, 200}, {398, 200}, {10, 7}, {2, 3}, {1, 2}},
      {Day(2026, 6, 15), {200, 200}, {200, 200}, {7, 7}, {3, 4}, {2, 2}},
      {Day(2026, 12, 15), {200, 200}, {200, 200}, {7, 7}, {4, 5}, {2, 2}},
      {Day(2027, 3, 15), {200, 100}, {200, 100}, {7, 7}, {5, 5}, {2, 2}},
      {Day(2029, 3, 15), {100, 47}, {100, 10}, {7, 7}, {5, 5}, {2, 2}},
  }));
  for (const int after : {0, 1}) {
    // One second before the day, and one second after its beginning.
    const Limits limits =
        LimitsAt(Pack::kWebPki, row.day + (after == 1 ? absl::Seconds(1) : -absl::Seconds(1)));
    INFO(absl::FormatTime(row.day, absl::UTCTimeZone()) << " after=" << after);
    CHECK(InDays(limits.max_validity) == row.validity[after]);
    CHECK(InDays(limits.max_control_age) == row.control[after]);
    CHECK(InDays(limits.short_lived) == row.short_lived[after]);
    CHECK(limits.min_remotes == row.remotes[after]);
    CHECK(limits.min_rirs == row.rirs[after]);
    CHECK(limits.max_caa_age == absl::Hours(8));
    CHECK(InDays(limits.max_crl_interval) == 10);
    CHECK(limits.min_ocsp_interval == absl::Hours(8));
    CHECK(InDays(limits.max_ocsp_interval) == 10);
  }
}

TEST_CASE("leaves are serverAuth only from 2027-03-15", "[PROF-19]") {
  const absl::Time day = Day(2027, 3, 15);
  CHECK_FALSE(LimitsAt(Pack::kWebPki, day - absl::Seconds(1)).server_auth_only);
  CHECK(LimitsAt(Pack::kWebPki, day).server_auth_only);
}

TEST_CASE("every day in Changes changes a limit, and no other day does") {
  const auto key = [](absl::Time at) {
    const Limits limits = LimitsAt(Pack::kWebPki, at);
    return std::tuple(limits.max_validity, limits.short_lived, limits.max_control_age,
                      limits.max_caa_age, limits.min_remotes, limits.min_rirs,
                      limits.server_auth_only);
  };
  std::vector<absl::Time> found;
  for (absl::Time day = Day(2026, 1, 1); day < Day(2030, 1, 1); day += absl::Hours(24)) {
    if (key(day - absl::Seconds(1)) != key(day)) found.push_back(day);
  }
  std::vector<absl::Time> listed;
  for (const Change& change : Changes()) listed.push_back(change.at);
  CHECK(found == listed);
}

TEST_CASE("the quorum table", "[MPIC-03]") {
  const auto [remotes, allowed] = GENERATE(
      table<int, int>({{0, 0}, {1, 0}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 2}, {7, 2}, {20, 2}}));
  CHECK(AllowedNonCorroborations(remotes) == allowed);
}

TEST_CASE("a private CA may run without remotes, but not on old evidence") {
  const absl::Time now = Day(2026, 11, 23);
  const Limits limits = LimitsAt(Pack::kPrivate, now);
  CHECK(limits.min_remotes == 0);
  CHECK(limits.max_validity > LimitsAt(Pack::kWebPki, now).max_validity);
  CHECK(limits.max_control_age == LimitsAt(Pack::kWebPki, now).max_control_age);
  CHECK(limits.max_caa_age == absl::Hours(8));
}

TEST_CASE("changes are announced 60 days ahead") {
  const absl::Time day = Day(2026, 12, 15);
  const auto ahead = absl::Hours(24 * 60);
  CHECK(ChangesWithin(day - ahead, ahead).size() == 1);
  CHECK(ChangesWithin(day - ahead - absl::Seconds(1), ahead).empty());
  CHECK(ChangesWithin(day, absl::Hours(24)).empty());
}

TEST_CASE("packs have names") {
  CHECK(PackFromName("private") == Pack::kPrivate);
  CHECK(PackFromName("webpki") == Pack::kWebPki);
  CHECK_FALSE(PackFromName("WebPKI").has_value());
  CHECK(NameOf(Pack::kWebPki) == "webpki");
}

}  // namespace
}  // namespace cairn::policy
