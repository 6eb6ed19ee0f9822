#pragma once

#include <mutex>
#include <vector>

#include "libs/audit/audit.h"
#include "libs/errors/errors.h"

namespace cairn::audit {

// Keeps the events in memory. Thread-safe.
class FakeLog final : public Log {
 public:
  absl::Status Write(const v1::Event& event) override {
    std::lock_guard lock(mutex_);
    if (failing_) return errors::Make(errors::Reason::kUnavailable, "the audit log is full");
    events_.push_back(event);
    return absl::OkStatus();
  }

  std::vector<v1::Event> events() const {
    std::lock_guard lock(mutex_);
    return events_;
  }
  // From now on nothing can be written, or can again.
  void SetFailing(bool failing) {
    std::lock_guard lock(mutex_);
    failing_ = failing;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<v1::Event> events_;
  bool failing_ = false;
};

}  // namespace cairn::audit
