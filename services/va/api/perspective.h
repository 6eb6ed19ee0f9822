#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/va/v1/va.pb.h"

namespace cairn::va {

// A remote perspective. The methods are those of the service Perspective in
// protos/va/v1/va.proto, where their contract is written. Thread-safe; every
// method may block until call.deadline.
class Perspective {
 public:
  virtual ~Perspective() = default;

  virtual absl::StatusOr<v1::ObserveResponse> Observe(const base::Call& call,
                                                      const v1::ObserveRequest& request) = 0;
};

}  // namespace cairn::va
