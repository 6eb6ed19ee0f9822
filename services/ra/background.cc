#include "services/ra/background.h"

#include <utility>

namespace cairn::ra {

bool StoppablePause::For(absl::Duration duration) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, absl::ToChronoNanoseconds(duration), [this] { return stopped_; });
  return !stopped_;
}

void StoppablePause::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
}

Background::Background(absl::Duration interval, StoppablePause& pause, std::function<void()> work)
    : thread_([interval, &pause, work = std::move(work)] {
        do {
          work();
        } while (pause.For(interval));
      }) {}

}  // namespace cairn::ra
