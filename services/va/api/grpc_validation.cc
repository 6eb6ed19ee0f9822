#include "services/va/api/grpc_validation.h"

#include <utility>

namespace cairn::va {

GrpcValidation::GrpcValidation(std::shared_ptr<service::Peer> peer)
    : peer_(std::move(peer)), stub_(v1::Validation::NewStub(peer_->channel())) {}

absl::StatusOr<v1::ValidateResponse> GrpcValidation::Validate(const base::Call& call,
                                                              const v1::ValidateRequest& request) {
  return peer_->Invoke<v1::ValidateResponse>(call, "Validation/Validate", *stub_,
                                             &v1::Validation::Stub::Validate, request);
}

absl::StatusOr<v1::CheckCaaResponse> GrpcValidation::CheckCaa(const base::Call& call,
                                                              const v1::CheckCaaRequest& request) {
  return peer_->Invoke<v1::CheckCaaResponse>(call, "Validation/CheckCaa", *stub_,
                                             &v1::Validation::Stub::CheckCaa, request);
}

}  // namespace cairn::va
