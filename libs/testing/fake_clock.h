#pragma once

#include <absl/time/time.h>

#include <mutex>

#include "libs/base/clock.h"

namespace cairn::testing {

// A clock that moves only when told to. Thread-safe.
class FakeClock final : public base::Clock {
 public:
  explicit FakeClock(absl::Time now) : now_(now) {}

  absl::Time Now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }
  void Advance(absl::Duration by) {
    std::lock_guard lock(mutex_);
    now_ += by;
  }
  void Set(absl::Time now) {
    std::lock_guard lock(mutex_);
    now_ = now;
  }

 private:
  mutable std::mutex mutex_;
  absl::Time now_;
};

}  // namespace cairn::testing
