#include "services/va/reports/report_queue.h"

#include <utility>

namespace cairn::va {

ReportQueue::ReportQueue(size_t capacity, std::function<void(const CaaRefusal&)> work,
                         metrics::Registry& metrics)
    : capacity_(capacity),
      work_(std::move(work)),
      dropped_(metrics.Counter("cairn_va_caa_reports_total",
                               "Reports that CAA records ask for, by what became of them.",
                               {{"scheme", "any"}, {"outcome", "dropped"}})),
      thread_([this] { Run(); }) {}

ReportQueue::~ReportQueue() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
}

void ReportQueue::Refused(CaaRefusal refusal) {
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() >= capacity_) {
      dropped_.Add();
      return;
    }
    waiting_.push_back(std::move(refusal));
  }
  changed_.notify_one();
}

void ReportQueue::Run() {
  while (true) {
    CaaRefusal refusal;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      refusal = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work_(refusal);
  }
}

}  // namespace cairn::va
