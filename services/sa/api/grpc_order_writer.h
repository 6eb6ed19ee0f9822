#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "libs/base/call.h"
#include "libs/service/peer.h"
#include "protos/sa/v1/sa.grpc.pb.h"
#include "services/sa/api/order_writer.h"

namespace cairn::sa {

// OrderWriter over gRPC. Errors are those of the service and of service::Peer.
class GrpcOrderWriter final : public OrderWriter {
 public:
  explicit GrpcOrderWriter(std::shared_ptr<service::Peer> peer);

  absl::StatusOr<v1::CreateOrderResponse> CreateOrder(
      const base::Call& call, const v1::CreateOrderRequest& request) override;
  absl::StatusOr<v1::BeginValidationResponse> BeginValidation(
      const base::Call& call, const v1::BeginValidationRequest& request) override;
  absl::StatusOr<v1::FinishValidationResponse> FinishValidation(
      const base::Call& call, const v1::FinishValidationRequest& request) override;
  absl::StatusOr<v1::GetIssuanceResponse> GetIssuance(
      const base::Call& call, const v1::GetIssuanceRequest& request) override;
  absl::StatusOr<v1::BeginIssuanceResponse> BeginIssuance(
      const base::Call& call, const v1::BeginIssuanceRequest& request) override;
  absl::StatusOr<v1::AddReceiptsResponse> AddReceipts(
      const base::Call& call, const v1::AddReceiptsRequest& request) override;
  absl::StatusOr<v1::StorePrecertificateResponse> StorePrecertificate(
      const base::Call& call, const v1::StorePrecertificateRequest& request) override;
  absl::StatusOr<v1::KeepSctsResponse> KeepScts(const base::Call& call,
                                                const v1::KeepSctsRequest& request) override;
  absl::StatusOr<v1::FinishIssuanceResponse> FinishIssuance(
      const base::Call& call, const v1::FinishIssuanceRequest& request) override;
  absl::StatusOr<v1::FailIssuanceResponse> FailIssuance(
      const base::Call& call, const v1::FailIssuanceRequest& request) override;
  absl::StatusOr<v1::LeaseExpiredWorkResponse> LeaseExpiredWork(
      const base::Call& call, const v1::LeaseExpiredWorkRequest& request) override;
  absl::StatusOr<v1::ReconcileSerialsResponse> ReconcileSerials(
      const base::Call& call, const v1::ReconcileSerialsRequest& request) override;

 private:
  const std::shared_ptr<service::Peer> peer_;
  const std::unique_ptr<v1::OrderWriter::Stub> stub_;
};

}  // namespace cairn::sa
