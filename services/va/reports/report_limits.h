#pragma once

#include <absl/time/time.h>

#include <deque>
#include <set>
#include <string>
#include <utility>

#include "libs/base/clock.h"

namespace cairn::va {

// How often reports go out: whoever can make a DNS record and ask for a certificate
// chooses where they go, so we must be nobody's weapon. Not thread-safe.
class ReportLimits {
 public:
  // Per domain one in `interval`, and `per_hour` in all in any hour. Keeps a moment
  // for each domain of one interval: at most `per_hour` for each of its hours.
  ReportLimits(absl::Duration interval, size_t per_hour, const base::Clock& clock)
      : interval_(interval), per_hour_(per_hour), clock_(clock) {}

  // Whether a report to this domain may go out now; if so, it is counted.
  bool Admit(const std::string& domain);

 private:
  void Forget(absl::Time now);

  const absl::Duration interval_;
  const size_t per_hour_;
  const base::Clock& clock_;
  std::set<std::string> domains_;                               // of in_interval_
  std::deque<std::pair<absl::Time, std::string>> in_interval_;  // oldest first
  std::deque<absl::Time> in_hour_;                              // oldest first
};

}  // namespace cairn::va
