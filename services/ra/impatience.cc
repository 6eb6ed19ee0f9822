#include "services/ra/impatience.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace cairn::ra {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{20};

}  // namespace

Impatience::Impatience() : thread_([this] { Run(); }) {}

Impatience::~Impatience() { Stop(); }

void Impatience::After(absl::Duration wait, const std::shared_ptr<Waiting>& waiting) {
  {
    std::lock_guard lock(mutex_);
    if (!stopping_) {
      const Time at = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(wait);
      const auto entry = waiting_.emplace(at, waiting);
      if (entry == waiting_.begin()) wake_.notify_one();
      return;
    }
  }
  waiting->GiveUp();
}

void Impatience::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Impatience::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_ || !waiting_.empty()) {
    const Time now = std::chrono::steady_clock::now();
    std::vector<std::weak_ptr<Waiting>> due;
    while (!waiting_.empty() && (stopping_ || waiting_.begin()->first <= now)) {
      due.push_back(std::move(waiting_.begin()->second));
      waiting_.erase(waiting_.begin());
    }
    lock.unlock();
    for (const std::weak_ptr<Waiting>& one : due) {
      if (const std::shared_ptr<Waiting> waiting = one.lock()) waiting->GiveUp();
    }
    due.clear();
    lock.lock();
    if (stopping_) continue;
    if (waiting_.empty()) {
      wake_.wait(lock);
    } else {
      wake_.wait_until(lock, std::max(waiting_.begin()->first, now + kBetweenLooks));
    }
  }
}

}  // namespace cairn::ra
