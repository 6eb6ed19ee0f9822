#pragma once

#include <absl/time/time.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "libs/base/clock.h"

namespace cairn::publisher {

// What experience says about each log: how long it usually takes, and a circuit
// breaker with back-off. A log that fails or is slow rests; then one submission at a
// time tries it, which nobody waits for, until one succeeds (CT-19). Thread-safe.
class LogHealth {
 public:
  struct Options {
    absl::Duration first_back_off = absl::Seconds(1);
    absl::Duration longest_back_off = absl::Minutes(5);
    // Patience is never less: a busy machine is no slow log.
    absl::Duration least_patience = absl::Milliseconds(50);
  };

  // The best first.
  enum class Standing {
    kGood,         // rely on it
    kLate,         // rather not: something that it was asked takes longer than usual
    kResting,      // only if there is no other way
    kAskedToWait,  // it said when to come back: not before
  };

  LogHealth(const Options& options, const base::Clock& clock) : options_(options), clock_(clock) {}

  Standing StandingOf(const std::string& log_id) const;
  // After how long an answer is later than usual: the mean and four times the
  // deviation of what was seen, as TCP has it (RFC 6298 section 2). Infinite for a
  // log that never answered.
  absl::Duration PatienceWith(const std::string& log_id) const;
  // True for one caller when a log has rested long enough: who gets it tries the
  // log now, and tells how it went.
  bool TakeProbe(const std::string& log_id);

  void Succeeded(const std::string& log_id, absl::Duration took);
  // A submission that runs takes longer than usual; and that it has ended, however.
  void Late(const std::string& log_id);
  void LateEnded(const std::string& log_id);
  // `retry_after`: zero if the log said nothing. Failures that come while the log
  // rests don't make it rest longer, but for that of its probe.
  void Failed(const std::string& log_id, absl::Duration retry_after);

 private:
  struct Times {
    absl::Duration mean;
    absl::Duration deviation;
  };
  struct State {
    int late = 0;      // submissions
    int failures = 0;  // since the last success
    absl::Time rests_until = absl::InfinitePast();
    absl::Time waits_until = absl::InfinitePast();
    bool probing = false;
    std::optional<Times> times = std::nullopt;
  };

  const Options options_;
  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, State> states_;  // as many as logs in all lists so far
};

}  // namespace cairn::publisher
