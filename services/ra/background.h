#pragma once

#include <absl/time/time.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "services/ra/core/retry.h"

namespace cairn::ra {

// A Pause that ends when the service stops. Thread-safe.
class StoppablePause final : public Pause {
 public:
  bool For(absl::Duration duration) override;
  // Ends all pauses, now and from now on.
  void Stop();

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
};

// A thread that does the same thing again and again, with a pause in between.
class Background {
 public:
  // Starts at once. `pause` must outlive it; stopping that stops this.
  Background(absl::Duration interval, StoppablePause& pause, std::function<void()> work);

 private:
  std::jthread thread_;  // joined at the end
};

}  // namespace cairn::ra
