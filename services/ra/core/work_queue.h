#pragma once

#include <absl/status/statusor.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

#include "libs/base/worker_pool.h"

namespace cairn::ra {

// A pool whose places are reserved before anything is promised: whoever holds a
// Slot knows that the work will be taken, so nothing needs to be undone because
// the pool turned out to be full. Thread-safe.
class WorkQueue {
 public:
  class Slot {
   public:
    // Hands the work over; it runs unless the pool stops. Work that is lost so
    // is under a lease, and goes on where that runs out.
    void Run(std::function<void()> work) &&;

   private:
    friend class WorkQueue;
    struct Place;
    Slot(WorkQueue& queue, std::shared_ptr<Place> place);

    WorkQueue* queue_;
    std::shared_ptr<Place> place_;  // given back with the last copy
  };

  // `pool` must be able to queue `capacity` pieces of work, and serve nobody else.
  WorkQueue(base::WorkerPool& pool, size_t capacity);

  // kOverloaded with a time to come back, at once, when all places are taken.
  absl::StatusOr<Slot> Reserve();

  size_t taken() const { return taken_; }

 private:
  base::WorkerPool& pool_;
  const size_t capacity_;
  std::atomic<size_t> taken_ = 0;
};

}  // namespace cairn::ra
