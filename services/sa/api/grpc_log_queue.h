#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "libs/base/call.h"
#include "libs/service/peer.h"
#include "protos/sa/v1/sa.grpc.pb.h"
#include "services/sa/api/log_queue.h"

namespace cairn::sa {

// LogQueue over gRPC. Errors are those of the service and of service::Peer.
class GrpcLogQueue final : public LogQueue {
 public:
  explicit GrpcLogQueue(std::shared_ptr<service::Peer> peer);

  absl::StatusOr<v1::LeaseLogWorkResponse> LeaseLogWork(
      const base::Call& call, const v1::LeaseLogWorkRequest& request) override;
  absl::StatusOr<v1::FinishLogWorkResponse> FinishLogWork(
      const base::Call& call, const v1::FinishLogWorkRequest& request) override;

 private:
  const std::shared_ptr<service::Peer> peer_;
  const std::unique_ptr<v1::LogQueue::Stub> stub_;
};

}  // namespace cairn::sa
