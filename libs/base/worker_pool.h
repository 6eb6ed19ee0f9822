#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace cairn::base {

// A fixed number of threads behind a queue of fixed length. Thread-safe.
//
// Work may block on a peer, a socket or the database, but never on work that is
// queued to the same pool: with all threads waiting, nothing would run it.
class WorkerPool {
 public:
  struct Options {
    size_t threads = 16;
    size_t queue = 256;
  };

  explicit WorkerPool(const Options& options);
  // As Stop.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False, at once, when the queue is full or the pool stops: the caller answers
  // "overloaded". Otherwise `work` will run, even while the pool stops.
  [[nodiscard]] bool TryRun(std::function<void()> work);

  // Runs what is queued, refuses more, joins the threads. Safe to call twice.
  void Stop();

  // Whether TryRun would refuse work. This and the following are for metrics and
  // health: out of date as soon as they are read.
  bool full() const;
  size_t queued() const;
  size_t busy() const;
  size_t threads() const { return options_.threads; }

 private:
  void Work();
  bool IsFull() const;  // mutex_ is held

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  size_t idle_ = 0;
  size_t busy_ = 0;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace cairn::base
