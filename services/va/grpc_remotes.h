#pragma once

#include <memory>
#include <vector>

#include "libs/service/peer.h"
#include "protos/va/v1/va.grpc.pb.h"
#include "services/va/core/corroborate.h"

namespace cairn::va {

// The remotes over gRPC's callback API: no thread waits for any of them.
class GrpcRemotes final : public Remotes {
 public:
  explicit GrpcRemotes(std::vector<std::shared_ptr<service::Peer>> peers);

  void Ask(const base::Call& call, std::shared_ptr<const v1::ObserveRequest> request,
           OnAnswer on_answer) override;

  // Whether each is reachable, as far as is known.
  std::vector<bool> Reachable() const;

 private:
  struct Remote {
    std::shared_ptr<service::Peer> peer;
    std::unique_ptr<v1::Perspective::Stub> stub;
  };
  std::vector<Remote> remotes_;
};

}  // namespace cairn::va
