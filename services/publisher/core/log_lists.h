#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <mutex>
#include <string>

#include "libs/base/clock.h"
#include "libs/crypto/public_key.h"
#include "libs/ct/log_list.h"
#include "libs/log/log.h"
#include "libs/metrics/metrics.h"

namespace cairn::publisher {

// The log list in use, and its files: read again when they change. A new list that
// is wrong, not signed, or older than the one in use is refused loudly, and the old
// one stays (CT-09). Thread-safe.
class LogLists {
 public:
  struct Files {
    std::string list;
    std::string signature;
  };

  // The first list must be right. kMalformed or kUnauthorized, naming the file.
  static absl::StatusOr<std::unique_ptr<LogLists>> Open(Files files, crypto::PublicKey key,
                                                        const base::Clock& clock, log::Logger& log,
                                                        metrics::Registry& metrics);

  std::shared_ptr<const ct::LogList> current() const;

  // Looks at the files, and takes up what is new. Blocks on the disk.
  void Reload();

  // kUnavailable for a list that is too old to mean anything, and while new files
  // are refused: for the health of the process.
  absl::Status Check() const;

 private:
  LogLists(Files files, crypto::PublicKey key, const base::Clock& clock, log::Logger& log,
           metrics::Registry& metrics);

  struct Content {
    std::string list;
    std::string signature;
    friend bool operator==(const Content&, const Content&) = default;
  };
  absl::StatusOr<Content> Read() const;
  absl::Status TakeUp(const Content& content);

  const Files files_;
  const crypto::PublicKey key_;
  const base::Clock& clock_;
  log::Logger& log_;
  const metrics::Counter refused_;

  mutable std::mutex mutex_;
  std::string seen_;      // digest of the content that was judged last
  std::string doubtful_;  // of one that was wrong when it was looked at once
  absl::Status status_;
  std::shared_ptr<const ct::LogList> current_;
};

}  // namespace cairn::publisher
