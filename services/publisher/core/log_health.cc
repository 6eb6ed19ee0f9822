#include "services/publisher/core/log_health.h"

#include <algorithm>

namespace cairn::publisher {
namespace {

// 2^20 times any first back-off is longer than any longest one.
constexpr int kMaxDoublings = 20;

}  // namespace

LogHealth::Standing LogHealth::StandingOf(const std::string& log_id) const {
  std::lock_guard lock(mutex_);
  const auto found = states_.find(log_id);
  if (found == states_.end()) return Standing::kGood;
  if (clock_.Now() < found->second.waits_until) return Standing::kAskedToWait;
  return found->second.failures == 0 ? Standing::kGood : Standing::kResting;
}

bool LogHealth::TakeProbe(const std::string& log_id) {
  std::lock_guard lock(mutex_);
  const auto found = states_.find(log_id);
  if (found == states_.end()) return false;
  State& state = found->second;
  const absl::Time now = clock_.Now();
  if (state.failures == 0 || state.probing || now < state.rests_until || now < state.waits_until) {
    return false;
  }
  state.probing = true;
  return true;
}

void LogHealth::Succeeded(const std::string& log_id) {
  std::lock_guard lock(mutex_);
  states_.erase(log_id);
}

void LogHealth::Failed(const std::string& log_id, absl::Duration retry_after) {
  std::lock_guard lock(mutex_);
  State& state = states_[log_id];
  const absl::Time now = clock_.Now();
  state.waits_until = std::max(state.waits_until, now + retry_after);
  if (state.failures > 0 && !state.probing && now < state.rests_until) return;
  state.probing = false;
  const int doublings = std::min(state.failures, kMaxDoublings);
  state.rests_until =
      now + std::min(options_.first_back_off * (1 << doublings), options_.longest_back_off);
  ++state.failures;
}

}  // namespace cairn::publisher
