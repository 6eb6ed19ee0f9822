#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "libs/base/call.h"
#include "libs/service/peer.h"
#include "protos/wfe/v1/wfe.grpc.pb.h"
#include "services/wfe/api/nonces.h"

namespace cairn::wfe {

// Nonces over gRPC. Errors are those of the service and of service::Peer.
class GrpcNonces final : public Nonces {
 public:
  explicit GrpcNonces(std::shared_ptr<service::Peer> peer);

  absl::StatusOr<v1::RedeemNonceResponse> RedeemNonce(
      const base::Call& call, const v1::RedeemNonceRequest& request) override;

 private:
  const std::shared_ptr<service::Peer> peer_;
  const std::unique_ptr<v1::Nonces::Stub> stub_;
};

}  // namespace cairn::wfe
