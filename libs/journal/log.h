#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace cairn::journal {

// An append-only sequence of records, numbered from 0. Thread-safe.
class Log {
 public:
  virtual ~Log() = default;

  // Blocks until the record is on stable storage and returns its number. An
  // error does not mean that the record is absent: it may be found after the
  // next Open, and whoever appends again must be able to tell.
  virtual absl::StatusOr<uint64_t> Append(std::string_view record) = 0;

  // kNotFound for a number that has not been appended yet.
  virtual absl::StatusOr<std::string> Read(uint64_t index) = 0;

  // The number of records that are on stable storage.
  virtual uint64_t size() const = 0;

  // Calls `visit` for the records from `first` to the size() at the time of the
  // call, in order; ends at the first error, which it returns. `visit` may use
  // the log; the view it gets lives as long as its call.
  virtual absl::Status ForEach(
      uint64_t first,
      const std::function<absl::Status(uint64_t index, std::string_view record)>& visit) = 0;
};

}  // namespace cairn::journal
