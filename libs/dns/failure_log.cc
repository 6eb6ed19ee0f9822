#include "libs/dns/failure_log.h"

#include <algorithm>

#include "libs/base/invariant.h"

namespace cairn::dns {
namespace {

constexpr size_t kMaxReasons = 1024;
constexpr size_t kMaxReason = 512;
constexpr size_t kMaxQuestion = 300;

ssize_t WriteToLog(void* log, const char* text, size_t size) {
  static_cast<FailureLog*>(log)->Add({text, size});
  return static_cast<ssize_t>(size);
}

}  // namespace

FailureLog& FailureLog::Shared() {
  // Never destroyed: libunbound may hold its file until the process ends.
  static auto* const log = new FailureLog;
  return *log;
}

FailureLog::FailureLog() : file_(fopencookie(this, "w", {.write = &WriteToLog})) {
  INVARIANT(file_ != nullptr, "a stream costs some memory only");
  // A line arrives as a whole, and at once.
  setvbuf(file_, nullptr, _IOLBF, 4096);
}

FailureLog::~FailureLog() { fclose(file_); }

// "[1795694332] libunbound[1:0] error: SERVFAIL <www.a.test. A IN>: all servers ..."
void FailureLog::Add(std::string_view lines) {
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    constexpr std::string_view kStart = " error: SERVFAIL <", kMiddle = ">: ";
    const size_t start = line.find(kStart);
    if (start == line.npos) continue;
    line.remove_prefix(start + kStart.size());
    const size_t middle = line.find(kMiddle);
    if (middle == line.npos || middle > kMaxQuestion) continue;
    const std::string question(line.substr(0, middle));
    const std::string reason(line.substr(middle + kMiddle.size(), kMaxReason));
    std::lock_guard lock(mutex_);
    // Asked again soon, it says only that it remembers.
    if (reason == "SERVFAIL in cache" && reasons_.contains(question)) continue;
    if (reasons_.insert_or_assign(question, reason).second) oldest_.push_back(question);
    if (oldest_.size() > kMaxReasons) {
      reasons_.erase(oldest_.front());
      oldest_.pop_front();
    }
  }
}

std::string FailureLog::Find(std::string_view question) const {
  std::lock_guard lock(mutex_);
  const auto found = reasons_.find(question);
  return found == reasons_.end() ? "" : found->second;
}

}  // namespace cairn::dns
