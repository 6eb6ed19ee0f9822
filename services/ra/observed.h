#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "libs/log/log.h"
#include "libs/metrics/metrics.h"
#include "services/ra/core/observer.h"

namespace cairn::ra {

// The observer of the running service: counters, and a line in the log for what
// somebody may have to look at. Thread-safe.
class Observed final : public Observer {
 public:
  // Both must outlive it.
  Observed(metrics::Registry& registry, log::Logger& log);

  void ValidationEnded(const base::Call& call, uint64_t order_id, uint32_t position,
                       ValidationOutcome outcome, const absl::Status& why) override;
  void IssuanceEnded(const base::Call& call, uint64_t order_id, IssuanceOutcome outcome,
                     const absl::Status& why) override;
  void SctsRefused(const base::Call& call, uint64_t order_id, const absl::Status& why) override;
  void LogWorkEnded(const base::Call& call, std::string_view serial, LogOutcome outcome,
                    const absl::Status& why) override;
  void OldestUnsubmitted(absl::Duration age) override;
  void LogRead(std::string_view log, uint64_t entries, uint64_t behind, absl::Time at) override;
  void LogEntryUnexplained(const base::Call& call, std::string_view log, uint64_t index,
                           std::string_view serial, std::string_view why) override;
  void WorkRecovered(Recovered what) override;
  void BackgroundFailed(const base::Call& call, std::string_view what,
                        const absl::Status& why) override;

 private:
  struct Reading {
    metrics::Counter entries;
    metrics::Gauge behind;
    metrics::Gauge read_at;
  };

  // Under the lock.
  Reading& ReadingOf(std::string_view log);

  metrics::Registry& registry_;
  log::Logger& log_;
  // In the order of the enums.
  const metrics::Counter validations_[4];
  const metrics::Counter issuances_[4];
  const metrics::Counter recovered_[3];
  const metrics::Counter log_work_[7];
  const metrics::Counter scts_refused_;
  const metrics::Gauge oldest_unsubmitted_;
  const metrics::Counter unexplained_;
  std::mutex mutex_;
  std::map<std::string, Reading, std::less<>> readings_;  // by log: as many as the list has had
};

}  // namespace cairn::ra
