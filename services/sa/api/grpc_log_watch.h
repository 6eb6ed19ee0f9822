#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "libs/base/call.h"
#include "libs/service/peer.h"
#include "protos/sa/v1/sa.grpc.pb.h"
#include "services/sa/api/log_watch.h"

namespace cairn::sa {

// LogWatch over gRPC. Errors are those of the service and of service::Peer.
class GrpcLogWatch final : public LogWatch {
 public:
  explicit GrpcLogWatch(std::shared_ptr<service::Peer> peer);

  absl::StatusOr<v1::GetLogPositionsResponse> GetLogPositions(
      const base::Call& call, const v1::GetLogPositionsRequest& request) override;
  absl::StatusOr<v1::MoveLogPositionResponse> MoveLogPosition(
      const base::Call& call, const v1::MoveLogPositionRequest& request) override;
  absl::StatusOr<v1::FindSerialsResponse> FindSerials(
      const base::Call& call, const v1::FindSerialsRequest& request) override;

 private:
  const std::shared_ptr<service::Peer> peer_;
  const std::unique_ptr<v1::LogWatch::Stub> stub_;
};

}  // namespace cairn::sa
