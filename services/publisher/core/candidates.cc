#include "services/publisher/core/candidates.h"

#include <utility>

#include "libs/ct/log_policy.h"

namespace cairn::publisher {

std::vector<const ct::Log*> Candidates(const ct::LogList& list, absl::Time not_after,
                                       const LogHealth& health, base::Random& random) {
  std::vector<const ct::Log*> good;
  std::vector<const ct::Log*> resting;
  for (const ct::Log& log : list.logs()) {
    if (log.state != ct::LogState::kUsable || !ct::MayTake(log, not_after)) continue;
    const LogHealth::Standing standing = health.StandingOf(log.id);
    if (standing == LogHealth::Standing::kGood) good.push_back(&log);
    if (standing == LogHealth::Standing::kResting) resting.push_back(&log);
  }
  for (std::vector<const ct::Log*>* logs : {&good, &resting}) {
    for (size_t i = logs->size(); i > 1; --i)
      std::swap((*logs)[i - 1], (*logs)[random.Uint64() % i]);
  }
  good.insert(good.end(), resting.begin(), resting.end());
  return good;
}

}  // namespace cairn::publisher
