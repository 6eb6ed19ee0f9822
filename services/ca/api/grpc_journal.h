#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "libs/base/call.h"
#include "libs/service/peer.h"
#include "protos/ca/v1/ca.grpc.pb.h"
#include "services/ca/api/journal.h"

namespace cairn::ca {

// Journal over gRPC. Errors are those of the service and of service::Peer.
class GrpcJournal final : public Journal {
 public:
  explicit GrpcJournal(std::shared_ptr<service::Peer> peer);

  absl::StatusOr<v1::ReadJournalResponse> ReadJournal(
      const base::Call& call, const v1::ReadJournalRequest& request) override;

 private:
  const std::shared_ptr<service::Peer> peer_;
  const std::unique_ptr<v1::Journal::Stub> stub_;
};

}  // namespace cairn::ca
