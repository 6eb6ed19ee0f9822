#include "services/sa/api/grpc_log_queue.h"

#include <utility>

namespace cairn::sa {

GrpcLogQueue::GrpcLogQueue(std::shared_ptr<service::Peer> peer)
    : peer_(std::move(peer)), stub_(v1::LogQueue::NewStub(peer_->channel())) {}

absl::StatusOr<v1::LeaseLogWorkResponse> GrpcLogQueue::LeaseLogWork(
    const base::Call& call, const v1::LeaseLogWorkRequest& request) {
  return peer_->Invoke<v1::LeaseLogWorkResponse>(call, "LogQueue/LeaseLogWork", *stub_,
                                                 &v1::LogQueue::Stub::LeaseLogWork, request);
}

absl::StatusOr<v1::FinishLogWorkResponse> GrpcLogQueue::FinishLogWork(
    const base::Call& call, const v1::FinishLogWorkRequest& request) {
  return peer_->Invoke<v1::FinishLogWorkResponse>(call, "LogQueue/FinishLogWork", *stub_,
                                                  &v1::LogQueue::Stub::FinishLogWork, request);
}

}  // namespace cairn::sa
