#pragma once

#include <mutex>

#include "libs/journal/log.h"

namespace cairn::journal {

// A log in front of another one, whose appends fail on demand. Thread-safe.
class FaultyLog final : public Log {
 public:
  enum class Fault {
    kNotDone,     // nothing was written
    kAnswerLost,  // the record is durable, but the caller sees an error
  };

  explicit FaultyLog(Log& log) : log_(log) {}

  // The next `count` calls of Append fail. One order at a time: asking again
  // before all have failed is a mistake of the test and kills it.
  void FailNext(Fault fault, int count = 1);
  // How many failures are still to come.
  int pending() const;

  absl::StatusOr<uint64_t> Append(std::string_view record) override;
  absl::StatusOr<std::string> Read(uint64_t index) override { return log_.Read(index); }
  uint64_t size() const override { return log_.size(); }
  absl::Status ForEach(
      uint64_t first,
      const std::function<absl::Status(uint64_t index, std::string_view record)>& visit) override {
    return log_.ForEach(first, visit);
  }

 private:
  Log& log_;
  mutable std::mutex mutex_;
  Fault fault_ = Fault::kNotDone;
  int pending_ = 0;
};

}  // namespace cairn::journal
