#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace cairn::harness {

// One of our real binaries, started for a test on free ports. Its output goes
// to a file; the `listening` line in it says where it listens. Not thread-safe.
class Process {
 public:
  struct Options {
    std::vector<std::string> command;  // the program and its arguments
    std::string log_path;              // stdout and stderr, appended
  };

  // Returns once the process has printed its `listening` line, or an error with
  // the end of its log when it ends, or says nothing, first.
  static absl::StatusOr<std::unique_ptr<Process>> Start(
      const Options& options, absl::Duration patience = absl::Seconds(20));
  // Kills what still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // A text field of the `listening` line: Field("grpc") is "127.0.0.1:41233".
  std::string Field(const std::string& name) const;

  pid_t pid() const { return pid_; }
  // Sends a signal and waits for the end; returns the exit code, or 128 + the
  // number of the signal that ended it.
  int Stop(int signal);
  bool Running() const;

  // Everything that the process has printed since Start.
  std::string Log() const;

 private:
  Process(pid_t pid, std::string log_path, size_t log_start)
      : pid_(pid), log_path_(std::move(log_path)), log_start_(log_start) {}

  pid_t pid_;
  std::string log_path_;
  size_t log_start_;
  std::string listening_;
};

}  // namespace cairn::harness
