#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/sa/v1/sa.pb.h"

namespace cairn::sa {

// What reading CT logs for our own certificates needs to remember and to know. The methods are
// those of the service LogWatch in protos/sa/v1/sa.proto, where their contract is written.
// Thread-safe; every method may block until call.deadline.
class LogWatch {
 public:
  virtual ~LogWatch() = default;

  virtual absl::StatusOr<v1::GetLogPositionsResponse> GetLogPositions(
      const base::Call& call, const v1::GetLogPositionsRequest& request) = 0;
  virtual absl::StatusOr<v1::MoveLogPositionResponse> MoveLogPosition(
      const base::Call& call, const v1::MoveLogPositionRequest& request) = 0;
  virtual absl::StatusOr<v1::FindSerialsResponse> FindSerials(
      const base::Call& call, const v1::FindSerialsRequest& request) = 0;
};

}  // namespace cairn::sa
