#include "libs/base/worker_pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace cairn::base {
namespace {

void Join(std::list<std::thread>& threads) {
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

WorkerPool::WorkerPool(const Options& options) : options_(options) {}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::TryRun(std::function<void()> work) {
  std::list<std::thread> ended;
  std::unique_lock lock(mutex_);
  if (stopping_) return false;
  if (!idle_.empty()) {
    Idle& idle = *idle_.back();
    idle_.pop_back();
    idle.work = std::move(work);
    idle.woken = true;
    // With the lock: once it is free, the thread may end and take `idle` along.
    idle.wake.notify_one();
    return true;
  }
  if (threads_.size() < options_.threads && Start(work)) {
    ended.swap(ended_);
    lock.unlock();
    Join(ended);
    return true;
  }
  if (threads_.empty() || queue_.size() >= options_.queue) return false;
  queue_.push_back(std::move(work));
  return true;
}

void WorkerPool::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (Idle* idle : idle_) idle->wake.notify_one();
  }
  // From now on nobody adds threads, or moves them.
  Join(threads_);
  Join(ended_);
  std::lock_guard lock(mutex_);
  threads_.clear();
  ended_.clear();
}

bool WorkerPool::Start(std::function<void()>& work) {
  const auto self = threads_.emplace(threads_.end());
  try {
    // It waits for the mutex before it looks at anything of the pool's.
    *self = std::thread([this, self, first = work]() mutable { Work(self, std::move(first)); });
  } catch (const std::system_error&) {
    threads_.erase(self);
    return false;
  }
  work = nullptr;
  return true;
}

void WorkerPool::Work(std::list<std::thread>::iterator self, std::function<void()> work) {
  while (true) {
    work();
    work = nullptr;  // what it captured goes before we say that we are free
    std::unique_lock lock(mutex_);
    if (NextWork(lock, work)) continue;
    // Stop joins all threads, where they are.
    if (!stopping_) ended_.splice(ended_.end(), threads_, self);
    return;
  }
}

bool WorkerPool::NextWork(std::unique_lock<std::mutex>& lock, std::function<void()>& work) {
  if (!queue_.empty()) {
    work = std::move(queue_.front());
    queue_.pop_front();
    return true;
  }
  if (stopping_) return false;
  Idle idle;
  idle_.push_back(&idle);
  idle.wake.wait_for(lock, options_.idle_limit, [&] { return idle.woken || stopping_; });
  if (!idle.woken) {
    std::erase(idle_, &idle);
    return false;
  }
  work = std::move(idle.work);
  return true;
}

bool WorkerPool::full() const {
  std::lock_guard lock(mutex_);
  return idle_.empty() && threads_.size() >= options_.threads && queue_.size() >= options_.queue;
}

size_t WorkerPool::queued() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

size_t WorkerPool::busy() const {
  std::lock_guard lock(mutex_);
  return threads_.size() - idle_.size();
}

size_t WorkerPool::started() const {
  std::lock_guard lock(mutex_);
  return threads_.size();
}

}  // namespace cairn::base
