#include "services/ra/api/grpc_registration.h"

#include <utility>

namespace cairn::ra {

GrpcRegistration::GrpcRegistration(std::shared_ptr<service::Peer> peer)
    : peer_(std::move(peer)), stub_(v1::Registration::NewStub(peer_->channel())) {}

absl::StatusOr<v1::NewAccountResponse> GrpcRegistration::NewAccount(
    const base::Call& call, const v1::NewAccountRequest& request) {
  return peer_->Invoke<v1::NewAccountResponse>(call, "Registration/NewAccount", *stub_,
                                               &v1::Registration::Stub::NewAccount, request);
}

absl::StatusOr<v1::UpdateAccountResponse> GrpcRegistration::UpdateAccount(
    const base::Call& call, const v1::UpdateAccountRequest& request) {
  return peer_->Invoke<v1::UpdateAccountResponse>(call, "Registration/UpdateAccount", *stub_,
                                                  &v1::Registration::Stub::UpdateAccount, request);
}

absl::StatusOr<v1::NewOrderResponse> GrpcRegistration::NewOrder(
    const base::Call& call, const v1::NewOrderRequest& request) {
  return peer_->Invoke<v1::NewOrderResponse>(call, "Registration/NewOrder", *stub_,
                                             &v1::Registration::Stub::NewOrder, request);
}

absl::StatusOr<v1::StartValidationResponse> GrpcRegistration::StartValidation(
    const base::Call& call, const v1::StartValidationRequest& request) {
  return peer_->Invoke<v1::StartValidationResponse>(call, "Registration/StartValidation", *stub_,
                                                    &v1::Registration::Stub::StartValidation,
                                                    request);
}

absl::StatusOr<v1::FinalizeOrderResponse> GrpcRegistration::FinalizeOrder(
    const base::Call& call, const v1::FinalizeOrderRequest& request) {
  return peer_->Invoke<v1::FinalizeOrderResponse>(call, "Registration/FinalizeOrder", *stub_,
                                                  &v1::Registration::Stub::FinalizeOrder, request);
}

}  // namespace cairn::ra
