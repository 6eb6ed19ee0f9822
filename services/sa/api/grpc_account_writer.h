#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "libs/base/call.h"
#include "libs/service/peer.h"
#include "protos/sa/v1/sa.grpc.pb.h"
#include "services/sa/api/account_writer.h"

namespace cairn::sa {

// AccountWriter over gRPC. Errors are those of the service and of service::Peer.
class GrpcAccountWriter final : public AccountWriter {
 public:
  explicit GrpcAccountWriter(std::shared_ptr<service::Peer> peer);

  absl::StatusOr<v1::CreateAccountResponse> CreateAccount(
      const base::Call& call, const v1::CreateAccountRequest& request) override;
  absl::StatusOr<v1::FindAccountResponse> FindAccount(
      const base::Call& call, const v1::FindAccountRequest& request) override;
  absl::StatusOr<v1::UpdateAccountResponse> UpdateAccount(
      const base::Call& call, const v1::UpdateAccountRequest& request) override;

 private:
  const std::shared_ptr<service::Peer> peer_;
  const std::unique_ptr<v1::AccountWriter::Stub> stub_;
};

}  // namespace cairn::sa
