#include "services/sa/api/grpc_order_writer.h"

#include <utility>

namespace cairn::sa {

GrpcOrderWriter::GrpcOrderWriter(std::shared_ptr<service::Peer> peer)
    : peer_(std::move(peer)), stub_(v1::OrderWriter::NewStub(peer_->channel())) {}

absl::StatusOr<v1::CreateOrderResponse> GrpcOrderWriter::CreateOrder(
    const base::Call& call, const v1::CreateOrderRequest& request) {
  return peer_->Invoke<v1::CreateOrderResponse>(call, "OrderWriter/CreateOrder", *stub_,
                                                &v1::OrderWriter::Stub::CreateOrder, request);
}

absl::StatusOr<v1::BeginValidationResponse> GrpcOrderWriter::BeginValidation(
    const base::Call& call, const v1::BeginValidationRequest& request) {
  return peer_->Invoke<v1::BeginValidationResponse>(call, "OrderWriter/BeginValidation", *stub_,
                                                    &v1::OrderWriter::Stub::BeginValidation,
                                                    request);
}

absl::StatusOr<v1::FinishValidationResponse> GrpcOrderWriter::FinishValidation(
    const base::Call& call, const v1::FinishValidationRequest& request) {
  return peer_->Invoke<v1::FinishValidationResponse>(call, "OrderWriter/FinishValidation", *stub_,
                                                     &v1::OrderWriter::Stub::FinishValidation,
                                                     request);
}

absl::StatusOr<v1::GetIssuanceResponse> GrpcOrderWriter::GetIssuance(
    const base::Call& call, const v1::GetIssuanceRequest& request) {
  return peer_->Invoke<v1::GetIssuanceResponse>(call, "OrderWriter/GetIssuance", *stub_,
                                                &v1::OrderWriter::Stub::GetIssuance, request);
}

absl::StatusOr<v1::BeginIssuanceResponse> GrpcOrderWriter::BeginIssuance(
    const base::Call& call, const v1::BeginIssuanceRequest& request) {
  return peer_->Invoke<v1::BeginIssuanceResponse>(call, "OrderWriter/BeginIssuance", *stub_,
                                                  &v1::OrderWriter::Stub::BeginIssuance, request);
}

absl::StatusOr<v1::AddReceiptsResponse> GrpcOrderWriter::AddReceipts(
    const base::Call& call, const v1::AddReceiptsRequest& request) {
  return peer_->Invoke<v1::AddReceiptsResponse>(call, "OrderWriter/AddReceipts", *stub_,
                                                &v1::OrderWriter::Stub::AddReceipts, request);
}

absl::StatusOr<v1::StorePrecertificateResponse> GrpcOrderWriter::StorePrecertificate(
    const base::Call& call, const v1::StorePrecertificateRequest& request) {
  return peer_->Invoke<v1::StorePrecertificateResponse>(
      call, "OrderWriter/StorePrecertificate", *stub_, &v1::OrderWriter::Stub::StorePrecertificate,
      request);
}

absl::StatusOr<v1::KeepSctsResponse> GrpcOrderWriter::KeepScts(const base::Call& call,
                                                               const v1::KeepSctsRequest& request) {
  return peer_->Invoke<v1::KeepSctsResponse>(call, "OrderWriter/KeepScts", *stub_,
                                             &v1::OrderWriter::Stub::KeepScts, request);
}

absl::StatusOr<v1::FinishIssuanceResponse> GrpcOrderWriter::FinishIssuance(
    const base::Call& call, const v1::FinishIssuanceRequest& request) {
  return peer_->Invoke<v1::FinishIssuanceResponse>(call, "OrderWriter/FinishIssuance", *stub_,
                                                   &v1::OrderWriter::Stub::FinishIssuance, request);
}

absl::StatusOr<v1::FailIssuanceResponse> GrpcOrderWriter::FailIssuance(
    const base::Call& call, const v1::FailIssuanceRequest& request) {
  return peer_->Invoke<v1::FailIssuanceResponse>(call, "OrderWriter/FailIssuance", *stub_,
                                                 &v1::OrderWriter::Stub::FailIssuance, request);
}

absl::StatusOr<v1::LeaseExpiredWorkResponse> GrpcOrderWriter::LeaseExpiredWork(
    const base::Call& call, const v1::LeaseExpiredWorkRequest& request) {
  return peer_->Invoke<v1::LeaseExpiredWorkResponse>(call, "OrderWriter/LeaseExpiredWork", *stub_,
                                                     &v1::OrderWriter::Stub::LeaseExpiredWork,
                                                     request);
}

absl::StatusOr<v1::ReconcileSerialsResponse> GrpcOrderWriter::ReconcileSerials(
    const base::Call& call, const v1::ReconcileSerialsRequest& request) {
  return peer_->Invoke<v1::ReconcileSerialsResponse>(call, "OrderWriter/ReconcileSerials", *stub_,
                                                     &v1::OrderWriter::Stub::ReconcileSerials,
                                                     request);
}

}  // namespace cairn::sa
