#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/publisher/v1/publisher.pb.h"

namespace cairn::publisher {

// The one that talks to CT logs. The methods are those of the service Publisher in
// protos/publisher/v1/publisher.proto, where their contract is written. Thread-safe;
// every method may block until call.deadline.
//
// Errors: kMalformed for a request that can never work; kUnavailable, for another
// try later, where the logs don't do their part. Its answers are proof of nothing
// until the SCTs' signatures are verified.
class Publisher {
 public:
  virtual ~Publisher() = default;

  virtual absl::StatusOr<v1::GetSctsResponse> GetScts(const base::Call& call,
                                                      const v1::GetSctsRequest& request) = 0;
  virtual absl::StatusOr<v1::SubmitCertificateResponse> SubmitCertificate(
      const base::Call& call, const v1::SubmitCertificateRequest& request) = 0;
  virtual absl::StatusOr<v1::CheckInclusionResponse> CheckInclusion(
      const base::Call& call, const v1::CheckInclusionRequest& request) = 0;
  virtual absl::StatusOr<v1::ListLogsResponse> ListLogs(const base::Call& call,
                                                        const v1::ListLogsRequest& request) = 0;
  virtual absl::StatusOr<v1::ReadLogResponse> ReadLog(const base::Call& call,
                                                      const v1::ReadLogRequest& request) = 0;
};

}  // namespace cairn::publisher
