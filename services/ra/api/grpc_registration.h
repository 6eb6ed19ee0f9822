#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "libs/base/call.h"
#include "libs/service/peer.h"
#include "protos/ra/v1/ra.grpc.pb.h"
#include "services/ra/api/registration.h"

namespace cairn::ra {

// Registration over gRPC. Errors are those of the service and of service::Peer.
class GrpcRegistration final : public Registration {
 public:
  explicit GrpcRegistration(std::shared_ptr<service::Peer> peer);

  absl::StatusOr<v1::NewAccountResponse> NewAccount(const base::Call& call,
                                                    const v1::NewAccountRequest& request) override;
  absl::StatusOr<v1::UpdateAccountResponse> UpdateAccount(
      const base::Call& call, const v1::UpdateAccountRequest& request) override;
  absl::StatusOr<v1::NewOrderResponse> NewOrder(const base::Call& call,
                                                const v1::NewOrderRequest& request) override;
  absl::StatusOr<v1::StartValidationResponse> StartValidation(
      const base::Call& call, const v1::StartValidationRequest& request) override;
  absl::StatusOr<v1::FinalizeOrderResponse> FinalizeOrder(
      const base::Call& call, const v1::FinalizeOrderRequest& request) override;

 private:
  const std::shared_ptr<service::Peer> peer_;
  const std::unique_ptr<v1::Registration::Stub> stub_;
};

}  // namespace cairn::ra
