#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/ra/v1/ra.pb.h"

namespace cairn::ra {

// The RA: what a WFE asks of it for a subscriber. The methods are those of the service Registration
// in protos/ra/v1/ra.proto, where their contract is written. Thread-safe; every method may block
// until call.deadline.
class Registration {
 public:
  virtual ~Registration() = default;

  virtual absl::StatusOr<v1::NewAccountResponse> NewAccount(
      const base::Call& call, const v1::NewAccountRequest& request) = 0;
  virtual absl::StatusOr<v1::UpdateAccountResponse> UpdateAccount(
      const base::Call& call, const v1::UpdateAccountRequest& request) = 0;
  virtual absl::StatusOr<v1::NewOrderResponse> NewOrder(const base::Call& call,
                                                        const v1::NewOrderRequest& request) = 0;
  virtual absl::StatusOr<v1::StartValidationResponse> StartValidation(
      const base::Call& call, const v1::StartValidationRequest& request) = 0;
  virtual absl::StatusOr<v1::FinalizeOrderResponse> FinalizeOrder(
      const base::Call& call, const v1::FinalizeOrderRequest& request) = 0;
};

}  // namespace cairn::ra
