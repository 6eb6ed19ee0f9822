#include "services/publisher/api/grpc_publisher.h"

#include <utility>

namespace cairn::publisher {

GrpcPublisher::GrpcPublisher(std::shared_ptr<service::Peer> peer)
    : peer_(std::move(peer)), stub_(v1::Publisher::NewStub(peer_->channel())) {}

absl::StatusOr<v1::GetSctsResponse> GrpcPublisher::GetScts(const base::Call& call,
                                                           const v1::GetSctsRequest& request) {
  return peer_->Invoke<v1::GetSctsResponse>(call, "Publisher/GetScts", *stub_,
                                            &v1::Publisher::Stub::GetScts, request);
}

absl::StatusOr<v1::SubmitCertificateResponse> GrpcPublisher::SubmitCertificate(
    const base::Call& call, const v1::SubmitCertificateRequest& request) {
  return peer_->Invoke<v1::SubmitCertificateResponse>(call, "Publisher/SubmitCertificate", *stub_,
                                                      &v1::Publisher::Stub::SubmitCertificate,
                                                      request);
}

absl::StatusOr<v1::CheckInclusionResponse> GrpcPublisher::CheckInclusion(
    const base::Call& call, const v1::CheckInclusionRequest& request) {
  return peer_->Invoke<v1::CheckInclusionResponse>(call, "Publisher/CheckInclusion", *stub_,
                                                   &v1::Publisher::Stub::CheckInclusion, request);
}

absl::StatusOr<v1::ListLogsResponse> GrpcPublisher::ListLogs(const base::Call& call,
                                                             const v1::ListLogsRequest& request) {
  return peer_->Invoke<v1::ListLogsResponse>(call, "Publisher/ListLogs", *stub_,
                                             &v1::Publisher::Stub::ListLogs, request);
}

absl::StatusOr<v1::ReadLogResponse> GrpcPublisher::ReadLog(const base::Call& call,
                                                           const v1::ReadLogRequest& request) {
  return peer_->Invoke<v1::ReadLogResponse>(call, "Publisher/ReadLog", *stub_,
                                            &v1::Publisher::Stub::ReadLog, request);
}

}  // namespace cairn::publisher
