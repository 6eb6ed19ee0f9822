#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/sa/v1/sa.pb.h"

namespace cairn::sa {

// What certificates still have to do with CT logs. The methods are those of the service LogQueue
// in protos/sa/v1/sa.proto, where their contract is written. Thread-safe; every method may block
// until call.deadline.
class LogQueue {
 public:
  virtual ~LogQueue() = default;

  virtual absl::StatusOr<v1::LeaseLogWorkResponse> LeaseLogWork(
      const base::Call& call, const v1::LeaseLogWorkRequest& request) = 0;
  virtual absl::StatusOr<v1::FinishLogWorkResponse> FinishLogWork(
      const base::Call& call, const v1::FinishLogWorkRequest& request) = 0;
};

}  // namespace cairn::sa
