#include "libs/journal/memory_log.h"

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::journal {

absl::StatusOr<uint64_t> MemoryLog::Append(std::string_view record) {
  std::lock_guard lock(mutex_);
  records_.emplace_back(record);
  return records_.size() - 1;
}

absl::StatusOr<std::string> MemoryLog::Read(uint64_t index) {
  std::lock_guard lock(mutex_);
  if (index >= records_.size()) {
    return errors::Make(errors::Reason::kNotFound, base::Cat("the journal has no record ", index));
  }
  return records_[index];
}

uint64_t MemoryLog::size() const {
  std::lock_guard lock(mutex_);
  return records_.size();
}

absl::Status MemoryLog::ForEach(
    uint64_t first,
    const std::function<absl::Status(uint64_t index, std::string_view record)>& visit) {
  const uint64_t end = size();
  for (; first < end; ++first) {
    ASSIGN_OR_RETURN(const std::string record, Read(first));
    RETURN_IF_ERROR(visit(first, record));
  }
  return absl::OkStatus();
}

}  // namespace cairn::journal
