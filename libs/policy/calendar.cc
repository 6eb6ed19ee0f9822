#include "libs/policy/calendar.h"

#include <absl/time/civil_time.h>

#include <algorithm>

namespace cairn::policy {
namespace {

// 00:00 UTC of the day (BR 1.6.4).
absl::Time Day(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone());
}

// A day is 86,400 seconds (BR 6.3.2).
absl::Duration Days(int days) { return absl::Hours(24) * days; }

// A value and the day from which it holds.
template <typename T>
struct Since {
  absl::Time at;
  T value;
};

template <typename T>
T ValueAt(const std::vector<Since<T>>& table, absl::Time at) {
  T value = table.front().value;
  for (const auto& row : table) {
    if (at >= row.at) value = row.value;
  }
  return value;
}

}  // namespace

std::optional<Pack> PackFromName(std::string_view name) {
  if (name == "private") return Pack::kPrivate;
  if (name == "webpki") return Pack::kWebPki;
  return std::nullopt;
}

std::string_view NameOf(Pack pack) { return pack == Pack::kPrivate ? "private" : "webpki"; }

Limits LimitsAt(Pack pack, absl::Time at) {
  // BR 6.3.2: 398, 200, 100 and 47 days.
  static const auto* const kValidity = new std::vector<Since<absl::Duration>>{
      {absl::InfinitePast(), Days(398)},
      {Day(2026, 3, 15), Days(200)},
      {Day(2027, 3, 15), Days(100)},
      {Day(2029, 3, 15), Days(47)},
  };
  // BR 4.2.1: how long a domain validation may be used again.
  static const auto* const kControlAge = new std::vector<Since<absl::Duration>>{
      {absl::InfinitePast(), Days(398)},
      {Day(2026, 3, 15), Days(200)},
      {Day(2027, 3, 15), Days(100)},
      {Day(2029, 3, 15), Days(10)},
  };
  // BR 1.6.1, Short-lived Subscriber Certificate.
  static const auto* const kShortLived = new std::vector<Since<absl::Duration>>{
      {absl::InfinitePast(), Days(10)},
      {Day(2026, 3, 15), Days(7)},
  };
  // BR 3.2.2.9, the timeline of multi-perspective corroboration.
  static const auto* const kRemotes = new std::vector<Since<int>>{
      {absl::InfinitePast(), 2},
      {Day(2026, 3, 15), 3},
      {Day(2026, 6, 15), 4},
      {Day(2026, 12, 15), 5},
  };
  static const auto* const kRirs = new std::vector<Since<int>>{
      {absl::InfinitePast(), 1},
      {Day(2026, 3, 15), 2},
  };
  // Chrome Root Program Policy 1.3.2: leaves of 2027-03-15 and later.
  static const auto* const kServerAuthOnly = new std::vector<Since<bool>>{
      {absl::InfinitePast(), false},
      {Day(2027, 3, 15), true},
  };

  Limits limits{
      .max_validity = ValueAt(*kValidity, at),
      .short_lived = ValueAt(*kShortLived, at),
      .max_control_age = ValueAt(*kControlAge, at),
      .max_caa_age = absl::Hours(8),  // BR 4.2.2.1
      .min_remotes = ValueAt(*kRemotes, at),
      .min_rirs = ValueAt(*kRirs, at),
      .server_auth_only = ValueAt(*kServerAuthOnly, at),
      .max_crl_interval = Days(10),         // BR 7.2; MRSP 6
      .min_ocsp_interval = absl::Hours(8),  // BR 4.9.9
      .max_ocsp_interval = Days(10),        // BR 4.9.9; MRSP 6
  };
  if (pack == Pack::kPrivate) {
    // Ages stay as they are: old evidence is as weak in a private network. Ten
    // years is what devices that nobody visits are given at most.
    limits.max_validity = Days(3650);
    limits.min_remotes = 0;
    limits.min_rirs = 1;
    limits.server_auth_only = false;
    limits.min_ocsp_interval = absl::Minutes(1);
  }
  return limits;
}

int AllowedNonCorroborations(int remotes) {
  if (remotes >= 6) return 2;
  if (remotes >= 2) return 1;
  return 0;
}

const std::vector<Change>& Changes() {
  static const auto* const kChanges = new std::vector<Change>{
      {Day(2026, 3, 15),
       "validity and reuse of validations 200 days, short-lived 7 days, 3 remotes in 2 regions",
       "BR 6.3.2, 4.2.1, 1.6.1, 3.2.2.9"},
      {Day(2026, 6, 15), "4 remote perspectives", "BR 3.2.2.9"},
      {Day(2026, 12, 15), "5 remote perspectives", "BR 3.2.2.9"},
      {Day(2027, 3, 15),
       "validity and reuse of validations 100 days, extended key usage serverAuth only",
       "BR 6.3.2, 4.2.1; Chrome Root Program Policy 1.3.2"},
      {Day(2029, 3, 15), "validity 47 days, reuse of validations 10 days", "BR 6.3.2, 4.2.1"},
  };
  return *kChanges;
}

std::vector<Change> ChangesWithin(absl::Time now, absl::Duration ahead) {
  std::vector<Change> found;
  std::copy_if(Changes().begin(), Changes().end(), std::back_inserter(found),
               [&](const Change& change) { return change.at > now && change.at <= now + ahead; });
  return found;
}

}  // namespace cairn::policy
