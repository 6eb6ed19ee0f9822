#include "services/sa/api/grpc_order_reader.h"

#include <utility>

namespace cairn::sa {

GrpcOrderReader::GrpcOrderReader(std::shared_ptr<service::Peer> peer)
    : peer_(std::move(peer)), stub_(v1::OrderReader::NewStub(peer_->channel())) {}

absl::StatusOr<v1::GetOrderResponse> GrpcOrderReader::GetOrder(const base::Call& call,
                                                               const v1::GetOrderRequest& request) {
  return peer_->Invoke<v1::GetOrderResponse>(call, "OrderReader/GetOrder", *stub_,
                                             &v1::OrderReader::Stub::GetOrder, request);
}

absl::StatusOr<v1::GetAuthorizationResponse> GrpcOrderReader::GetAuthorization(
    const base::Call& call, const v1::GetAuthorizationRequest& request) {
  return peer_->Invoke<v1::GetAuthorizationResponse>(call, "OrderReader/GetAuthorization", *stub_,
                                                     &v1::OrderReader::Stub::GetAuthorization,
                                                     request);
}

absl::StatusOr<v1::GetCertificateResponse> GrpcOrderReader::GetCertificate(
    const base::Call& call, const v1::GetCertificateRequest& request) {
  return peer_->Invoke<v1::GetCertificateResponse>(call, "OrderReader/GetCertificate", *stub_,
                                                   &v1::OrderReader::Stub::GetCertificate, request);
}

}  // namespace cairn::sa
