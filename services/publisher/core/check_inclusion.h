#pragma once

#include <absl/status/statusor.h>

#include <utility>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/ct/log_list.h"
#include "libs/ct/sct.h"
#include "protos/publisher/v1/publisher.pb.h"
#include "services/publisher/core/get_scts.h"
#include "services/publisher/core/log_client.h"

namespace cairn::publisher {

// Whether a log merged what it promised to (CT-22). Thread-safe; blocks.
class CheckInclusion {
 public:
  CheckInclusion(CurrentLogs logs, const LogClient& client, const base::Clock& clock)
      : logs_(std::move(logs)), client_(client), clock_(clock) {}

  // kMalformed for a request that makes no sense, an SCT that isn't the log's
  // included; kNotFound for a log that isn't in the list; kUnavailable where the
  // log can't be reached.
  absl::StatusOr<v1::CheckInclusionResponse> Run(const base::Call& call,
                                                 const v1::CheckInclusionRequest& request) const;

 private:
  absl::Status Prove(const base::Call& call, const ct::Log& log,
                     const ct::SignedCertificateTimestamp& sct, const ct::Entry& entry,
                     v1::CheckInclusionResponse& response) const;

  const CurrentLogs logs_;
  const LogClient& client_;
  const base::Clock& clock_;
};

}  // namespace cairn::publisher
