#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "libs/base/call.h"
#include "libs/service/peer.h"
#include "protos/publisher/v1/publisher.grpc.pb.h"
#include "services/publisher/api/publisher.h"

namespace cairn::publisher {

// Publisher over gRPC. Errors are those of the service and of service::Peer.
class GrpcPublisher final : public Publisher {
 public:
  explicit GrpcPublisher(std::shared_ptr<service::Peer> peer);

  absl::StatusOr<v1::GetSctsResponse> GetScts(const base::Call& call,
                                              const v1::GetSctsRequest& request) override;
  absl::StatusOr<v1::SubmitCertificateResponse> SubmitCertificate(
      const base::Call& call, const v1::SubmitCertificateRequest& request) override;
  absl::StatusOr<v1::CheckInclusionResponse> CheckInclusion(
      const base::Call& call, const v1::CheckInclusionRequest& request) override;
  absl::StatusOr<v1::ListLogsResponse> ListLogs(const base::Call& call,
                                                const v1::ListLogsRequest& request) override;
  absl::StatusOr<v1::ReadLogResponse> ReadLog(const base::Call& call,
                                              const v1::ReadLogRequest& request) override;

 private:
  const std::shared_ptr<service::Peer> peer_;
  const std::unique_ptr<v1::Publisher::Stub> stub_;
};

}  // namespace cairn::publisher
