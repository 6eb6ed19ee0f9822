#include "libs/journal/faulty_log.h"

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"

namespace cairn::journal {

void FaultyLog::FailNext(Fault fault, int count) {
  std::lock_guard lock(mutex_);
  INVARIANT(pending_ == 0, "a test orders one kind of failure at a time");
  fault_ = fault;
  pending_ = count;
}

int FaultyLog::pending() const {
  std::lock_guard lock(mutex_);
  return pending_;
}

absl::StatusOr<uint64_t> FaultyLog::Append(std::string_view record) {
  bool fail;
  Fault fault;
  {
    std::lock_guard lock(mutex_);
    fail = pending_ > 0;
    fault = fault_;
    if (fail) --pending_;
  }
  if (!fail) return log_.Append(record);
  if (fault == Fault::kAnswerLost) RETURN_IF_ERROR(log_.Append(record).status());
  return errors::Make(errors::Reason::kUnavailable, "the journal failed as the test ordered");
}

}  // namespace cairn::journal
