#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "libs/base/call.h"
#include "libs/service/peer.h"
#include "protos/sa/v1/sa.grpc.pb.h"
#include "services/sa/api/order_reader.h"

namespace cairn::sa {

// OrderReader over gRPC. Errors are those of the service and of service::Peer.
class GrpcOrderReader final : public OrderReader {
 public:
  explicit GrpcOrderReader(std::shared_ptr<service::Peer> peer);

  absl::StatusOr<v1::GetOrderResponse> GetOrder(const base::Call& call,
                                                const v1::GetOrderRequest& request) override;
  absl::StatusOr<v1::GetAuthorizationResponse> GetAuthorization(
      const base::Call& call, const v1::GetAuthorizationRequest& request) override;
  absl::StatusOr<v1::GetCertificateResponse> GetCertificate(
      const base::Call& call, const v1::GetCertificateRequest& request) override;

 private:
  const std::shared_ptr<service::Peer> peer_;
  const std::unique_ptr<v1::OrderReader::Stub> stub_;
};

}  // namespace cairn::sa
