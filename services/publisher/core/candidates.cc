#include "services/publisher/core/candidates.h"

#include <map>
#include <utility>

#include "libs/ct/log_policy.h"

namespace cairn::publisher {

std::vector<const ct::Log*> Candidates(const ct::LogList& list, absl::Time not_after,
                                       const LogHealth& health, base::Random& random) {
  std::map<LogHealth::Standing, std::vector<const ct::Log*>> by_standing;
  for (const ct::Log& log : list.logs()) {
    if (log.state != ct::LogState::kUsable || !ct::MayTake(log, not_after)) continue;
    by_standing[health.StandingOf(log.id)].push_back(&log);
  }
  by_standing.erase(LogHealth::Standing::kAskedToWait);
  std::vector<const ct::Log*> candidates;
  for (auto& [standing, logs] : by_standing) {
    for (size_t i = logs.size(); i > 1; --i) std::swap(logs[i - 1], logs[random.Uint64() % i]);
    candidates.insert(candidates.end(), logs.begin(), logs.end());
  }
  return candidates;
}

}  // namespace cairn::publisher
