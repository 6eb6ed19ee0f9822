#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "libs/base/clock.h"
#include "libs/crypto/public_key.h"
#include "libs/ct/log_list.h"
#include "libs/log/log.h"
#include "libs/metrics/metrics.h"

namespace cairn::ct {

// The log list in use, and its files: read again when they change. A new list that
// is wrong, not signed, or older than the one in use is refused loudly, and the old
// one stays (CT-09). Thread-safe.
class LogLists {
 public:
  struct Files {
    std::string list;
    std::string signature;
  };

  struct Environment {
    std::string service;  // "publisher": in the names of metrics
    const base::Clock& clock;
    log::Logger& log;
    metrics::Registry& metrics;  // which must not be asked for its text any more when
                                 // the lists go
  };

  // The first list must be right. kMalformed or kUnauthorized, naming the file.
  static absl::StatusOr<std::unique_ptr<LogLists>> Open(Files files, crypto::PublicKey key,
                                                        Environment environment);
  // As Stop.
  ~LogLists();

  std::shared_ptr<const LogList> current() const;

  // Looks at the files, and takes up what is new. Blocks on the disk.
  void Reload();
  // Does so again and again, on a thread of its own, until Stop. Once.
  void Start(absl::Duration interval);
  void Stop();

  // kUnavailable for a list that is too old to mean anything, and while new files
  // are refused: for the health of the process.
  absl::Status Check() const;

 private:
  LogLists(Files files, crypto::PublicKey key, Environment environment);

  struct Content {
    std::string list;
    std::string signature;
    friend bool operator==(const Content&, const Content&) = default;
  };
  absl::StatusOr<Content> Read() const;
  absl::Status TakeUp(const Content& content);

  const Files files_;
  const crypto::PublicKey key_;
  const Environment environment_;
  const metrics::Counter refused_;

  mutable std::mutex mutex_;
  std::string seen_;      // digest of the content that was judged last
  std::string doubtful_;  // of one that was wrong when it was looked at once
  absl::Status status_;
  std::shared_ptr<const LogList> current_;
  std::jthread reloader_;
};

}  // namespace cairn::ct
