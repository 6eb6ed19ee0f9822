#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "libs/log/log.h"
#include "libs/metrics/metrics.h"

namespace cairn::va {

// Which perspectives are worth waiting for. Lingering for a remote that never
// comes would cost every validation the same short while, for nothing.
//
// A perspective lags once it was late `late_attempts` times in a row, and until
// its first answer that was not. Each change is logged once and is in
// cairn_va_perspective_lags. Thread-safe.
class Punctuality {
 public:
  // `log` must outlive this.
  Punctuality(const std::vector<std::string>& ids, int late_attempts, log::Logger& log,
              metrics::Registry& registry);

  bool Lags(size_t perspective) const;

  // One answer: in time, or late (which no answer at all is, too).
  void Note(size_t perspective, bool in_time);

 private:
  struct State {
    std::string id;
    metrics::Gauge lags;
    int late = 0;  // in a row
  };

  const int late_attempts_;
  log::Logger& log_;
  mutable std::mutex mutex_;
  std::vector<State> states_;
};

}  // namespace cairn::va
