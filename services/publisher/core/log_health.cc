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
  if (found->second.failures > 0) return Standing::kResting;
  return found->second.late > 0 ? Standing::kLate : Standing::kGood;
}

absl::Duration LogHealth::PatienceWith(const std::string& log_id) const {
  std::lock_guard lock(mutex_);
  const auto found = states_.find(log_id);
  if (found == states_.end() || !found->second.times) return absl::InfiniteDuration();
  return std::max(options_.least_patience,
                  found->second.times->mean + 4 * found->second.times->deviation);
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

void LogHealth::Succeeded(const std::string& log_id, absl::Duration took) {
  std::lock_guard lock(mutex_);
  State& state = states_[log_id];
  took = std::max(took, absl::ZeroDuration());  // the clock may have been set
  std::optional<Times> times = state.times;
  if (times) {
    times->deviation += (absl::AbsDuration(took - times->mean) - times->deviation) / 4;
    times->mean += (took - times->mean) / 8;
  } else {
    times = Times{.mean = took, .deviation = took / 2};
  }
  state = State{.late = state.late, .times = times};
}

void LogHealth::Late(const std::string& log_id) {
  std::lock_guard lock(mutex_);
  ++states_[log_id].late;
}

void LogHealth::LateEnded(const std::string& log_id) {
  std::lock_guard lock(mutex_);
  --states_[log_id].late;
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
