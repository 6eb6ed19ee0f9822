#pragma once

#include <absl/time/time.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace cairn::ra {

// Has those that wait for something give up at a set time, on a thread of its own.
// Thread-safe.
class Impatience {
 public:
  class Waiting {
   public:
    virtual ~Waiting() = default;
    // May be called when it no longer waits. Does not block.
    virtual void GiveUp() = 0;
  };

  Impatience();
  // As Stop.
  ~Impatience();
  Impatience(const Impatience&) = delete;
  Impatience& operator=(const Impatience&) = delete;

  // Up to 20 ms late: most have got what they wait for by then, so that the thread
  // would wake up for nothing. At once after Stop.
  void After(absl::Duration wait, const std::shared_ptr<Waiting>& waiting);
  // All give up, now and from now on. Safe to call twice.
  void Stop();

 private:
  using Time = std::chrono::steady_clock::time_point;

  void Run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<Time, std::weak_ptr<Waiting>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace cairn::ra
