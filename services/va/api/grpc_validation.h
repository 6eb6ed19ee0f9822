#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "libs/base/call.h"
#include "libs/service/peer.h"
#include "protos/va/v1/va.grpc.pb.h"
#include "services/va/api/validation.h"

namespace cairn::va {

// Validation over gRPC. Errors are those of the service and of service::Peer.
class GrpcValidation final : public Validation {
 public:
  explicit GrpcValidation(std::shared_ptr<service::Peer> peer);

  absl::StatusOr<v1::ValidateResponse> Validate(const base::Call& call,
                                                const v1::ValidateRequest& request) override;
  absl::StatusOr<v1::CheckCaaResponse> CheckCaa(const base::Call& call,
                                                const v1::CheckCaaRequest& request) override;

 private:
  const std::shared_ptr<service::Peer> peer_;
  const std::unique_ptr<v1::Validation::Stub> stub_;
};

}  // namespace cairn::va
