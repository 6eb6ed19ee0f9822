#include "services/va/core/punctuality.h"

namespace cairn::va {

Punctuality::Punctuality(const std::vector<std::string>& ids, int late_attempts, log::Logger& log,
                         metrics::Registry& registry)
    : late_attempts_(late_attempts), log_(log) {
  for (const std::string& id : ids) {
    states_.push_back(
        {.id = id,
         .lags = registry.Gauge("cairn_va_perspective_lags",
                                "Whether a perspective was late so often that it is not waited "
                                "for once the outcome is clear.",
                                {{"perspective", id}})});
  }
}

bool Punctuality::Lags(size_t perspective) const {
  std::lock_guard lock(mutex_);
  return states_[perspective].late >= late_attempts_;
}

void Punctuality::Note(size_t perspective, bool in_time) {
  std::lock_guard lock(mutex_);
  State& state = states_[perspective];
  const bool lagged = state.late >= late_attempts_;
  if (in_time) {
    state.late = 0;
  } else if (!lagged) {
    ++state.late;
  }
  const bool lags = state.late >= late_attempts_;
  if (lags == lagged) return;
  state.lags.Set(lags ? 1 : 0);
  if (lags) {
    log_.Warn("perspective_lags", {{"perspective", state.id}, {"late_attempts", late_attempts_}});
  } else {
    log_.Info("perspective_keeps_up_again", {{"perspective", state.id}});
  }
}

}  // namespace cairn::va
