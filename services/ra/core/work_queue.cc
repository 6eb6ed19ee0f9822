#include "services/ra/core/work_queue.h"

#include <absl/time/time.h>

#include <utility>

#include "libs/errors/errors.h"

namespace cairn::ra {

struct WorkQueue::Slot::Place {
  explicit Place(std::atomic<size_t>& counter) : taken(counter) {}
  ~Place() { --taken; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::atomic<size_t>& taken;
};

WorkQueue::Slot::Slot(WorkQueue& queue, std::shared_ptr<Place> place)
    : queue_(&queue), place_(std::move(place)) {}

void WorkQueue::Slot::Run(std::function<void()> work) && {
  // The pool takes all that `capacity` allows; it says no only while it stops.
  static_cast<void>(
      queue_->pool_.TryRun([place = std::move(place_), work = std::move(work)] { work(); }));
}

WorkQueue::WorkQueue(base::WorkerPool& pool, size_t capacity) : pool_(pool), capacity_(capacity) {}

absl::StatusOr<WorkQueue::Slot> WorkQueue::Reserve() {
  if (taken_.fetch_add(1) >= capacity_) {
    --taken_;
    return errors::Make(errors::Reason::kOverloaded, "the service is busy, please try again",
                        absl::Seconds(5));
  }
  return Slot(*this, std::make_shared<Slot::Place>(taken_));
}

}  // namespace cairn::ra
