#include "services/va/grpc_remotes.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "libs/errors/grpc_status.h"

namespace cairn::va {
namespace {

struct Pending {
  grpc::ClientContext context;
  v1::ObserveResponse response;
  absl::Time began;
};

}  // namespace

GrpcRemotes::GrpcRemotes(std::vector<std::shared_ptr<service::Peer>> peers) {
  for (auto& peer : peers) {
    auto stub = v1::Perspective::NewStub(peer->channel());
    remotes_.push_back({std::move(peer), std::move(stub)});
  }
}

void GrpcRemotes::Ask(const base::Call& call, std::shared_ptr<const v1::ObserveRequest> request,
                      OnAnswer on_answer) {
  for (size_t i = 0; i < remotes_.size(); ++i) {
    const Remote& remote = remotes_[i];
    const auto pending = std::make_shared<Pending>();
    pending->began = remote.peer->Prepare(call, pending->context);
    remote.stub->async()->Observe(
        &pending->context, request.get(), &pending->response,
        [this, i, pending, request, on_answer](const grpc::Status& grpc_status) {
          const absl::Status status = errors::FromGrpc(grpc_status);
          if (status.ok()) {
            on_answer(i, std::move(pending->response));
          } else {
            on_answer(i, status);
          }
          // Last: a host that stops waits for this before it destroys anything.
          remotes_[i].peer->Finish("Perspective/Observe", status, pending->began);
        });
  }
}

std::vector<bool> GrpcRemotes::Reachable() const {
  std::vector<bool> reachable;
  for (const Remote& remote : remotes_) reachable.push_back(remote.peer->Reachable());
  return reachable;
}

}  // namespace cairn::va
