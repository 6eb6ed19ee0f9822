#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/acme/json.h"
#include "libs/base/clock.h"

namespace cairn::ceremony {

// One line of a transcript before it has its place: what happened, and the facts.
struct Event {
  std::string name;  // "key_generated"
  std::vector<std::pair<std::string, std::string>> facts;
};

// The line, without its end: a JSON object with the number of the line, the
// SHA-256 of the line before (with its end; of nothing before the first), the time,
// the event and its facts.
std::string LineOf(const Event& event, size_t number, std::string_view previous_sha256,
                   absl::Time time);

// A line that was read.
struct Line {
  size_t number = 0;
  std::string text;    // with its end
  std::string sha256;  // of the text
  std::string previous_sha256;
  absl::Time time;
  Event event;

  // Empty if the event has no such fact.
  std::string Fact(std::string_view name) const;
};

struct ReadTranscript {
  std::vector<Line> lines;
  std::string problem;  // of the first line that is not right; lines has those before
};
// Reads lines and their chain: numbers, hashes, times that do not go back, and
// nothing that LineOf would have written otherwise. Never fails: see `problem`.
ReadTranscript ParseTranscript(std::string_view text);

// Where a ceremony notes what happens, before it goes on.
class Recorder {
 public:
  virtual ~Recorder() = default;
  // The time that the line bears. An error stops the ceremony.
  virtual absl::StatusOr<absl::Time> Add(const Event& event) = 0;
};

// Appends to a file, and syncs it line by line.
class FileRecorder final : public Recorder {
 public:
  // The file must not exist (kConflict). `clock` must outlive the recorder.
  static absl::StatusOr<std::unique_ptr<FileRecorder>> Create(const std::string& path,
                                                              const base::Clock& clock);
  ~FileRecorder() override;

  absl::StatusOr<absl::Time> Add(const Event& event) override;

  size_t lines() const { return lines_; }
  const std::string& head_sha256() const { return head_; }

 private:
  FileRecorder(int file, const base::Clock& clock) : file_(file), clock_(clock) {}

  const int file_;
  const base::Clock& clock_;
  size_t lines_ = 0;
  std::string head_;
  absl::Time last_ = absl::InfinitePast();
};

// The hash that stands for a transcript: of its last line, which has that of the
// line before, and so on.
std::string HeadOf(const std::vector<Line>& lines);

}  // namespace cairn::ceremony
