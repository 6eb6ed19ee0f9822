#include "services/wfe/api/grpc_nonces.h"

#include <utility>

namespace cairn::wfe {

GrpcNonces::GrpcNonces(std::shared_ptr<service::Peer> peer)
    : peer_(std::move(peer)), stub_(v1::Nonces::NewStub(peer_->channel())) {}

absl::StatusOr<v1::RedeemNonceResponse> GrpcNonces::RedeemNonce(
    const base::Call& call, const v1::RedeemNonceRequest& request) {
  return peer_->Invoke<v1::RedeemNonceResponse>(call, "Nonces/RedeemNonce", *stub_,
                                                &v1::Nonces::Stub::RedeemNonce, request);
}

}  // namespace cairn::wfe
