#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/sa/v1/sa.pb.h"

namespace cairn::sa {

// An order's way through validation and issuance. The methods are those of the service OrderWriter
// in protos/sa/v1/sa.proto, where their contract is written. Thread-safe; every method may block
// until call.deadline.
class OrderWriter {
 public:
  virtual ~OrderWriter() = default;

  virtual absl::StatusOr<v1::CreateOrderResponse> CreateOrder(
      const base::Call& call, const v1::CreateOrderRequest& request) = 0;
  virtual absl::StatusOr<v1::BeginValidationResponse> BeginValidation(
      const base::Call& call, const v1::BeginValidationRequest& request) = 0;
  virtual absl::StatusOr<v1::FinishValidationResponse> FinishValidation(
      const base::Call& call, const v1::FinishValidationRequest& request) = 0;
  virtual absl::StatusOr<v1::GetIssuanceResponse> GetIssuance(
      const base::Call& call, const v1::GetIssuanceRequest& request) = 0;
  virtual absl::StatusOr<v1::BeginIssuanceResponse> BeginIssuance(
      const base::Call& call, const v1::BeginIssuanceRequest& request) = 0;
  virtual absl::StatusOr<v1::AddReceiptsResponse> AddReceipts(
      const base::Call& call, const v1::AddReceiptsRequest& request) = 0;
  virtual absl::StatusOr<v1::StorePrecertificateResponse> StorePrecertificate(
      const base::Call& call, const v1::StorePrecertificateRequest& request) = 0;
  virtual absl::StatusOr<v1::KeepSctsResponse> KeepScts(const base::Call& call,
                                                        const v1::KeepSctsRequest& request) = 0;
  virtual absl::StatusOr<v1::FinishIssuanceResponse> FinishIssuance(
      const base::Call& call, const v1::FinishIssuanceRequest& request) = 0;
  virtual absl::StatusOr<v1::FailIssuanceResponse> FailIssuance(
      const base::Call& call, const v1::FailIssuanceRequest& request) = 0;
  virtual absl::StatusOr<v1::LeaseExpiredWorkResponse> LeaseExpiredWork(
      const base::Call& call, const v1::LeaseExpiredWorkRequest& request) = 0;
  virtual absl::StatusOr<v1::ReconcileSerialsResponse> ReconcileSerials(
      const base::Call& call, const v1::ReconcileSerialsRequest& request) = 0;
};

}  // namespace cairn::sa
