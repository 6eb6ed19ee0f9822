#pragma once

#include <map>
#include <string>
#include <vector>

#include "libs/log/log.h"
#include "libs/metrics/metrics.h"
#include "services/va/core/attempt.h"

namespace cairn::va {

// What perspectives that are only tried out say, beside what came out without
// them: cairn_va_shadow_answers_total, and a line in the log for each that differs.
// Thread-safe.
class Shadows {
 public:
  // `log` must outlive this.
  Shadows(const std::vector<AskedPerspective>& asked, log::Logger& log,
          metrics::Registry& registry);

  // Compares the answer of a shadow with the outcomes of a concluded attempt, whose
  // lock is held. Says nothing of subjects for which nothing came out.
  void Compare(const Attempt& attempt, size_t perspective) const;

 private:
  struct Counters {
    metrics::Counter agrees, disagrees, unreachable;
  };

  log::Logger& log_;
  std::map<size_t, Counters> counters_;  // by number of the perspective
};

}  // namespace cairn::va
