#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/va/v1/va.pb.h"

namespace cairn::va {

// The primary perspective. The methods are those of the service Validation in
// protos/va/v1/va.proto, where their contract is written. Thread-safe; every
// method may block until call.deadline.
class Validation {
 public:
  virtual ~Validation() = default;

  virtual absl::StatusOr<v1::ValidateResponse> Validate(const base::Call& call,
                                                        const v1::ValidateRequest& request) = 0;
  virtual absl::StatusOr<v1::CheckCaaResponse> CheckCaa(const base::Call& call,
                                                        const v1::CheckCaaRequest& request) = 0;
};

}  // namespace cairn::va
