#include "services/va/core/rules_watch.h"

#include <limits>
#include <utility>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::va {
namespace {

constexpr absl::Duration kWarnAhead = absl::Hours(24 * 60);
constexpr absl::Duration kWarnEvery = absl::Hours(24);

}  // namespace

RulesWatch::RulesWatch(policy::Pack pack, std::vector<evidence::Site> sites, log::Logger& log,
                       metrics::Registry& registry, const base::Clock& clock)
    : pack_(pack),
      sites_(std::move(sites)),
      log_(log),
      clock_(clock),
      // Whoever starts the process has been warned.
      warned_(clock.Now()) {
  const std::optional<absl::Time> until = LawfulUntil(pack_, sites_, clock_.Now());
  registry
      .Gauge("cairn_va_lawful_until_timestamp_seconds",
             "From when the perspectives break a rule of their policy pack, as far as is known.")
      .Set(until.has_value() ? absl::ToDoubleSeconds(*until - absl::UnixEpoch())
                             : std::numeric_limits<double>::infinity());
}

absl::Status RulesWatch::Check() {
  const absl::Time now = clock_.Now();
  bool warn = false;
  {
    std::lock_guard lock(mutex_);
    if (now >= warned_ + kWarnEvery) {
      warned_ = now;
      warn = true;
    }
  }
  if (warn) {
    for (const std::string& what : WarningsOf(pack_, sites_, now)) {
      log_.Warn("config_unlawful_soon", {{"what", what}});
    }
  }
  const std::vector<std::string> faults = evidence::FaultsOf(pack_, now, sites_);
  if (faults.empty()) return absl::OkStatus();
  return errors::Make(errors::Reason::kUnavailable,
                      base::Cat("no validation: the perspectives break a rule: ", faults.front()));
}

std::vector<std::string> WarningsOf(policy::Pack pack, const std::vector<evidence::Site>& sites,
                                    absl::Time now) {
  std::vector<std::string> warnings;
  for (const policy::Change& change : policy::ChangesWithin(now, kWarnAhead)) {
    for (const std::string& fault : evidence::FaultsOf(pack, change.at, sites)) {
      warnings.push_back(base::Cat(
          "from ", absl::FormatTime("%Y-%m-%d", change.at, absl::UTCTimeZone()), " on ", fault));
    }
  }
  return warnings;
}

std::optional<absl::Time> LawfulUntil(policy::Pack pack, const std::vector<evidence::Site>& sites,
                                      absl::Time now) {
  for (const policy::Change& change : policy::Changes()) {
    if (change.at > now && !evidence::FaultsOf(pack, change.at, sites).empty()) return change.at;
  }
  return std::nullopt;
}

}  // namespace cairn::va
