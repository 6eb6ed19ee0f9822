#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "libs/base/call.h"
#include "libs/service/peer.h"
#include "protos/sa/v1/sa.grpc.pb.h"
#include "services/sa/api/account_reader.h"

namespace cairn::sa {

// AccountReader over gRPC. Errors are those of the service and of service::Peer.
class GrpcAccountReader final : public AccountReader {
 public:
  explicit GrpcAccountReader(std::shared_ptr<service::Peer> peer);

  absl::StatusOr<v1::GetAccountResponse> GetAccount(const base::Call& call,
                                                    const v1::GetAccountRequest& request) override;

 private:
  const std::shared_ptr<service::Peer> peer_;
  const std::unique_ptr<v1::AccountReader::Stub> stub_;
};

}  // namespace cairn::sa
