#include "services/sa/api/grpc_log_watch.h"

#include <utility>

namespace cairn::sa {

GrpcLogWatch::GrpcLogWatch(std::shared_ptr<service::Peer> peer)
    : peer_(std::move(peer)), stub_(v1::LogWatch::NewStub(peer_->channel())) {}

absl::StatusOr<v1::GetLogPositionsResponse> GrpcLogWatch::GetLogPositions(
    const base::Call& call, const v1::GetLogPositionsRequest& request) {
  return peer_->Invoke<v1::GetLogPositionsResponse>(call, "LogWatch/GetLogPositions", *stub_,
                                                    &v1::LogWatch::Stub::GetLogPositions, request);
}

absl::StatusOr<v1::MoveLogPositionResponse> GrpcLogWatch::MoveLogPosition(
    const base::Call& call, const v1::MoveLogPositionRequest& request) {
  return peer_->Invoke<v1::MoveLogPositionResponse>(call, "LogWatch/MoveLogPosition", *stub_,
                                                    &v1::LogWatch::Stub::MoveLogPosition, request);
}

absl::StatusOr<v1::FindSerialsResponse> GrpcLogWatch::FindSerials(
    const base::Call& call, const v1::FindSerialsRequest& request) {
  return peer_->Invoke<v1::FindSerialsResponse>(call, "LogWatch/FindSerials", *stub_,
                                                &v1::LogWatch::Stub::FindSerials, request);
}

}  // namespace cairn::sa
