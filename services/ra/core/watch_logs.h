#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "protos/publisher/v1/publisher.pb.h"
#include "services/publisher/api/publisher.h"
#include "services/ra/core/observer.h"
#include "services/ra/core/retry.h"
#include "services/ra/core/work_queue.h"
#include "services/ra/options.h"
#include "services/sa/api/log_watch.h"

namespace cairn::ra {

// Reads CT logs for what our issuers have signed (CT-21). All of it must be stored in
// the SA, octet for octet, because nothing goes to a log before it is: whatever isn't
// was signed without this CA, and is an alarm. A log that is seen for the first time
// is read from where it stands; the SA keeps how far it was read. Thread-safe.
class WatchLogs {
 public:
  struct Peers {
    sa::LogWatch& known;
    publisher::Publisher& publisher;
  };

  // `workers` read the logs, one log each. All references must outlive it.
  WatchLogs(const Options& options, Peers peers, WorkQueue& workers, audit::Log& audit,
            const base::Clock& clock, Pause& pause, Observer& observer);

  // Has each log that is not being read yet read to its end, or for a minute. Returns when
  // that has begun: an error if it is not known where. What goes wrong with one log is
  // reported, and is no matter to the others. No entry is left behind before its alarm is in
  // the audit log.
  absl::Status Run(const base::Call& call);

 private:
  using Log = publisher::v1::ListLogsResponse::Log;
  using Found = publisher::v1::ReadLogResponse::Found;
  // What is wrong with a find.
  struct Unexplained {
    const Found* found;
    std::string why;
  };

  std::set<std::string> Busy();
  void Watch(const base::Call& call, const Log& log, std::optional<uint64_t> position);
  absl::Status ReadOn(const base::Call& call, const Log& log, std::optional<uint64_t> position);
  absl::StatusOr<publisher::v1::ReadLogResponse> Read(const base::Call& call, const Log& log,
                                                      uint64_t begin);
  absl::Status Move(const base::Call& call, const Log& log, std::optional<uint64_t> from,
                    uint64_t to);
  // Those that the SA does not explain.
  absl::StatusOr<std::vector<Unexplained>> Compare(const base::Call& call,
                                                   const std::vector<const Found*>& found);
  // Compares, and raises the alarms.
  absl::Status Judge(const base::Call& call, const Log& log,
                     const publisher::v1::ReadLogResponse& read);

  const Options& options_;
  const Peers peers_;
  WorkQueue& workers_;
  audit::Log& audit_;
  const base::Clock& clock_;
  Pause& pause_;
  Observer& observer_;
  std::mutex mutex_;
  std::set<std::string> busy_;  // ids of the logs that are being read
};

}  // namespace cairn::ra
