#include "tools/ceremony/transcript.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"
#include "tools/ceremony/text.h"

namespace cairn::ceremony {
namespace {

constexpr size_t kOwnNames = 4;  // line, previous, time, event

absl::Status IoError(std::string_view what) {
  return errors::Make(errors::Reason::kInternal, base::Cat(what, ": ", std::strerror(errno)));
}

// Nothing if the line is not one that LineOf writes.
std::optional<Line> ParseLine(std::string_view text) {
  const absl::StatusOr<acme::Json> json = acme::Json::Parse(text);
  if (!json.ok() || !json->is_object() || json->names().size() < kOwnNames) return std::nullopt;
  Line line;
  const std::string number(json->GetString("line").value_or(""));
  if (number.empty() || number.size() > 6 ||
      !std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  line.number = static_cast<size_t>(std::stoul(number));
  line.previous_sha256 = base::FromHex(json->GetString("previous").value_or("")).value_or("");
  const std::optional<absl::Time> time = ParseInstant(json->GetString("time").value_or(""));
  if (!time.has_value()) return std::nullopt;
  line.time = *time;
  line.event.name = std::string(json->GetString("event").value_or(""));
  for (size_t i = kOwnNames; i < json->names().size(); ++i) {
    line.event.facts.emplace_back(json->names()[i], json->items()[i].string());
  }
  if (LineOf(line.event, line.number, line.previous_sha256, line.time) != text) {
    return std::nullopt;
  }
  line.text = base::Cat(text, "\n");
  line.sha256 = crypto::Sha256(line.text);
  return line;
}

}  // namespace

std::string LineOf(const Event& event, size_t number, std::string_view previous_sha256,
                   absl::Time time) {
  std::string text =
      base::Cat("{\"line\":\"", number, "\",\"previous\":\"", base::ToHex(previous_sha256),
                "\",\"time\":\"", InstantText(time), "\",\"event\":", acme::JsonString(event.name));
  for (const auto& [name, value] : event.facts) {
    text += base::Cat(",", acme::JsonString(name), ":", acme::JsonString(value));
  }
  return text + "}";
}

std::string Line::Fact(std::string_view name) const {
  for (const auto& [known, value] : event.facts) {
    if (known == name) return value;
  }
  return "";
}

std::string HeadOf(const std::vector<Line>& lines) {
  return lines.empty() ? crypto::Sha256("") : lines.back().sha256;
}

ReadTranscript ParseTranscript(std::string_view text) {
  ReadTranscript out;
  while (!text.empty()) {
    const size_t number = out.lines.size() + 1;
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      out.problem = base::Cat("line ", number, " was torn off in its middle");
      return out;
    }
    std::optional<Line> line = ParseLine(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (!line.has_value()) {
      out.problem = base::Cat("line ", number, " is not as a ceremony writes it");
    } else if (line->number != number) {
      out.problem = base::Cat("line ", number, " says that it is line ", line->number);
    } else if (line->previous_sha256 != HeadOf(out.lines)) {
      out.problem = base::Cat("line ", number,
                              " does not follow from the line before: one of the "
                              "two was changed");
    } else if (!out.lines.empty() && line->time < out.lines.back().time) {
      out.problem = base::Cat("line ", number, " is earlier than the line before");
    }
    if (!out.problem.empty()) return out;
    out.lines.push_back(*std::move(line));
  }
  return out;
}

absl::StatusOr<std::unique_ptr<FileRecorder>> FileRecorder::Create(const std::string& path,
                                                                   const base::Clock& clock) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0 && errno == EEXIST) {
    return errors::Make(errors::Reason::kConflict, base::Cat(path, " exists"));
  }
  if (file < 0) return IoError(path);
  return std::unique_ptr<FileRecorder>(new FileRecorder(file, clock));
}

FileRecorder::~FileRecorder() { close(file_); }

absl::StatusOr<absl::Time> FileRecorder::Add(const Event& event) {
  // A clock that is set back in the middle must not make the record look forged.
  last_ = std::max(last_, absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.Now())));
  const std::string previous = lines_ == 0 ? crypto::Sha256("") : head_;
  const std::string text = LineOf(event, lines_ + 1, previous, last_) + "\n";
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = write(file_, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return IoError("the transcript can't be written");
    done += static_cast<size_t>(count);
  }
  if (fsync(file_) != 0) return IoError("the transcript can't be synced");
  ++lines_;
  head_ = crypto::Sha256(text);
  return last_;
}

}  // namespace cairn::ceremony
