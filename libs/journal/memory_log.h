#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "libs/journal/log.h"

namespace cairn::journal {

// A log without a disk, which passes the same contract test as Journal.
class MemoryLog final : public Log {
 public:
  absl::StatusOr<uint64_t> Append(std::string_view record) override;
  absl::StatusOr<std::string> Read(uint64_t index) override;
  uint64_t size() const override;
  absl::Status ForEach(
      uint64_t first,
      const std::function<absl::Status(uint64_t index, std::string_view record)>& visit) override;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> records_;
};

}  // namespace cairn::journal
