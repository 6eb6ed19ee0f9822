#include "services/va/api/grpc_perspective.h"

#include <utility>

namespace cairn::va {

GrpcPerspective::GrpcPerspective(std::shared_ptr<service::Peer> peer)
    : peer_(std::move(peer)), stub_(v1::Perspective::NewStub(peer_->channel())) {}

absl::StatusOr<v1::ObserveResponse> GrpcPerspective::Observe(const base::Call& call,
                                                             const v1::ObserveRequest& request) {
  return peer_->Invoke<v1::ObserveResponse>(call, "Perspective/Observe", *stub_,
                                            &v1::Perspective::Stub::Observe, request);
}

}  // namespace cairn::va
