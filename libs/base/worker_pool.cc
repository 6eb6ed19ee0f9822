#include "libs/base/worker_pool.h"

#include <utility>

namespace cairn::base {

WorkerPool::WorkerPool(const Options& options) : options_(options) {
  threads_.reserve(options_.threads);
  for (size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::TryRun(std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || IsFull()) return false;
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
  return true;
}

void WorkerPool::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  threads_.clear();  // joins
}

bool WorkerPool::IsFull() const {
  // A waiting thread takes work at once, so what an idle thread is about to
  // take does not count against the queue's limit.
  return queue_.size() >= options_.queue + idle_;
}

bool WorkerPool::full() const {
  std::lock_guard lock(mutex_);
  return IsFull();
}

size_t WorkerPool::queued() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

size_t WorkerPool::busy() const {
  std::lock_guard lock(mutex_);
  return busy_;
}

void WorkerPool::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    ++busy_;
    lock.unlock();
    work();
    work = nullptr;  // what it captured goes before we say that we are free
    lock.lock();
    --busy_;
  }
}

}  // namespace cairn::base
