#pragma once

#include <cstdio>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace cairn::dns {

// Why libunbound could not answer: it says so in its log only, one line for each
// lookup that ends with SERVFAIL. This reads that log, and keeps the last lines.
//
// The log belongs to the whole process, as libunbound's does: two resolvers that
// look up the same name may see each other's reason. Thread-safe.
class FailureLog {
 public:
  static FailureLog& Shared();

  // For ub_ctx_debugout. Open for ever.
  FILE* file() const { return file_; }

  // The last reason for a question, "www.a.test. A IN"; empty if there is none.
  std::string Find(std::string_view question) const;

  // Takes whole lines of the log; what is not about a failure is left out.
  void Add(std::string_view lines);

  FailureLog();
  FailureLog(const FailureLog&) = delete;
  FailureLog& operator=(const FailureLog&) = delete;
  ~FailureLog();

 private:
  FILE* file_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> reasons_;
  std::deque<std::string> oldest_;  // the keys of reasons_, each once
};

}  // namespace cairn::dns
