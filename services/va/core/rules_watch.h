#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/evidence/site.h"
#include "libs/log/log.h"
#include "libs/metrics/metrics.h"
#include "libs/policy/calendar.h"

namespace cairn::va {

// Whether the perspectives keep the rules of the day. Dates change those while a
// process runs: what was lawful when it started may not go on for ever.
//
// cairn_va_lawful_until_timestamp_seconds says when it will not be any more, as far
// as is known; +Inf: no such day is known. Thread-safe.
class RulesWatch {
 public:
  // The perspectives that count. `log` and `clock` must outlive this.
  RulesWatch(policy::Pack pack, std::vector<evidence::Site> sites, log::Logger& log,
             metrics::Registry& registry, const base::Clock& clock);

  // kUnavailable, with what is broken, while a rule is. Asked often; once a day it
  // also logs what will be broken within 60 days.
  absl::Status Check();

 private:
  const policy::Pack pack_;
  const std::vector<evidence::Site> sites_;
  log::Logger& log_;
  const base::Clock& clock_;
  std::mutex mutex_;
  absl::Time warned_;
};

// What the rules will have against these perspectives from a day in the next 60
// days on; one sentence each.
std::vector<std::string> WarningsOf(policy::Pack pack, const std::vector<evidence::Site>& sites,
                                    absl::Time now);

// The first known day, after `now`, from which these perspectives break a rule.
std::optional<absl::Time> LawfulUntil(policy::Pack pack, const std::vector<evidence::Site>& sites,
                                      absl::Time now);

}  // namespace cairn::va
