#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "libs/metrics/metrics.h"
#include "services/va/core/caa_refusals.h"

namespace cairn::va {

// Takes refusals at once and has a thread of its own do the rest, one after the
// other. Whatever does not fit is dropped and counted. Thread-safe.
class ReportQueue final : public CaaRefusals {
 public:
  // `work` is called on the queue's thread.
  ReportQueue(size_t capacity, std::function<void(const CaaRefusal&)> work,
              metrics::Registry& metrics);
  // Ends the work under way, and forgets what waits.
  ~ReportQueue() override;
  ReportQueue(const ReportQueue&) = delete;
  ReportQueue& operator=(const ReportQueue&) = delete;

  void Refused(CaaRefusal refusal) override;

 private:
  void Run();

  const size_t capacity_;
  const std::function<void(const CaaRefusal&)> work_;
  const metrics::Counter dropped_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<CaaRefusal> waiting_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace cairn::va
