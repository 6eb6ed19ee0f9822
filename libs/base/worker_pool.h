#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace cairn::base {

// Threads, started when they are needed and up to a bound, behind a queue of fixed
// length. Thread-safe.
//
// The thread that became idle last works next: it is the warmest, and those at the
// other end are idle for so long that they end. So a high bound costs nothing until
// it is needed, such as by work that waits for hosts which never answer.
//
// Work may block on a peer, a socket or the database, but never on work that is
// queued to the same pool: with all threads waiting, nothing would run it.
class WorkerPool {
 public:
  struct Options {
    size_t threads = 16;  // at most
    size_t queue = 256;
    // After which an idle thread ends.
    std::chrono::milliseconds idle_limit{10'000};
  };

  explicit WorkerPool(const Options& options);
  // As Stop.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False, at once, when the queue is full or the pool stops: the caller answers
  // "overloaded". Otherwise `work` will run, even while the pool stops. Where the
  // system gives no more threads, those that are there are all there are; without
  // any it is false, too.
  [[nodiscard]] bool TryRun(std::function<void()> work);

  // Runs what is queued, refuses more, joins the threads. Safe to call twice.
  void Stop();

  // Whether TryRun would refuse work. This and the following are for metrics and
  // health: out of date as soon as they are read.
  bool full() const;
  size_t queued() const;
  size_t busy() const;
  // Those that there are now, and that there may be.
  size_t started() const;
  size_t threads() const { return options_.threads; }

 private:
  // A thread that waits for work, in its own frame.
  struct Idle {
    std::condition_variable wake;
    std::function<void()> work;
    bool woken = false;
  };

  // These need the mutex.
  bool Start(std::function<void()>& work);
  bool NextWork(std::unique_lock<std::mutex>& lock, std::function<void()>& work);

  void Work(std::list<std::thread>::iterator self, std::function<void()> work);

  const Options options_;
  mutable std::mutex mutex_;
  std::deque<std::function<void()>> queue_;
  std::vector<Idle*> idle_;  // the last one became idle last
  bool stopping_ = false;
  std::list<std::thread> threads_;
  std::list<std::thread> ended_;  // to be joined
};

}  // namespace cairn::base
