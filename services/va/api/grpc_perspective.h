#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "libs/base/call.h"
#include "libs/service/peer.h"
#include "protos/va/v1/va.grpc.pb.h"
#include "services/va/api/perspective.h"

namespace cairn::va {

// Perspective over gRPC. Errors are those of the service and of service::Peer.
class GrpcPerspective final : public Perspective {
 public:
  explicit GrpcPerspective(std::shared_ptr<service::Peer> peer);

  absl::StatusOr<v1::ObserveResponse> Observe(const base::Call& call,
                                              const v1::ObserveRequest& request) override;

 private:
  const std::shared_ptr<service::Peer> peer_;
  const std::unique_ptr<v1::Perspective::Stub> stub_;
};

}  // namespace cairn::va
