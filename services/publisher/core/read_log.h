#pragma once

#include <absl/status/statusor.h>

#include <utility>

#include "libs/base/call.h"
#include "libs/ct/log_list.h"
#include "protos/publisher/v1/publisher.pb.h"
#include "services/publisher/core/get_scts.h"
#include "services/publisher/core/log_client.h"

namespace cairn::publisher {

// Looks through a log for what our issuers have signed (CT-21): one answer of
// get-entries, or one data tile, at a time. Thread-safe; blocks.
class ReadLog {
 public:
  ReadLog(CurrentLogs logs, const LogClient& client) : logs_(std::move(logs)), client_(client) {}

  // The logs of today's list that may have entries of ours: those that clients trust, or
  // trust what they took before.
  v1::ListLogsResponse List() const;

  // kNotFound for a log that isn't in the list; errors of LogClient. A certificate
  // that names one of the issuers and isn't signed by it is no find; one that can't
  // be read is, as our signer makes none.
  absl::StatusOr<v1::ReadLogResponse> Run(const base::Call& call,
                                          const v1::ReadLogRequest& request) const;

 private:
  const CurrentLogs logs_;
  const LogClient& client_;
};

}  // namespace cairn::publisher
