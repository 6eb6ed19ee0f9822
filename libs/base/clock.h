#pragma once

#include <absl/time/time.h>

namespace cairn::base {

// The time of day, injected so that a test can run on any date. Thread-safe.
//
// Intervals that only bound a wait (time-outs, back-off) may use the system's
// monotonic clock directly; everything that is written down, signed or compared
// with a date of the rules asks a Clock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
};

}  // namespace cairn::base
