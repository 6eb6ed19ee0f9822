#pragma once

#include <absl/status/status.h>

#include <mutex>
#include <string_view>

namespace cairn::log {

// Where whole lines go: log lines, audit records and the `listening` line share
// one, so that they never mix. Thread-safe. May block while the reader of a pipe
// is slow.
class LineSink {
 public:
  // Does not own `fd`.
  explicit LineSink(int fd) : fd_(fd) {}

  // `line` ends with a line feed. One write(2), unless the kernel takes only a
  // part of it. kUnavailable if it cannot be written.
  absl::Status Write(std::string_view line);

 private:
  const int fd_;
  std::mutex mutex_;
};

}  // namespace cairn::log
