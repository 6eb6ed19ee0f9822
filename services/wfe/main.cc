#include "libs/service/main.h"

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/policy/keys.h"
#include "libs/service/host.h"
#include "protos/config/wfe.pb.h"
#include "services/ra/api/grpc_registration.h"
#include "services/sa/api/grpc_account_reader.h"
#include "services/sa/api/grpc_order_reader.h"
#include "services/wfe/api/grpc_nonces.h"
#include "services/wfe/core/front_end.h"
#include "services/wfe/core/nonces.h"
#include "services/wfe/core/patience.h"
#include "services/wfe/edge.h"
#include "services/wfe/options.h"
#include "services/wfe/wfe_service.h"

namespace cairn::wfe {
namespace {

absl::Status Build(service::Host& host, const config::Wfe& config) {
  ASSIGN_OR_RETURN(Options options, Options::Parse(config));
  if (host.check_only()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto ra, host.Dial(config.ra()));
  ASSIGN_OR_RETURN(const auto sa, host.Dial(config.sa()));
  std::map<uint8_t, Nonces*> others;
  for (const auto& [instance, peer] : options.nonce_peers) {
    // Another replica that is down is no reason to be down.
    ASSIGN_OR_RETURN(const auto dialled, host.DialOptional(peer));
    others[instance] = &host.Own(std::make_unique<GrpcNonces>(dialled));
  }
  auto& nonces = host.Own(std::make_unique<NonceBook>(options.nonce_key, options.nonce_instance,
                                                      host.random(), std::move(others)));
  const FrontEnd::Peers peers{host.Own(std::make_unique<ra::GrpcRegistration>(ra)),
                              host.Own(std::make_unique<sa::GrpcAccountReader>(sa)),
                              host.Own(std::make_unique<sa::GrpcOrderReader>(sa))};
  // Half of the threads are always there for requests that need no patience.
  auto& patience = host.Own(
      std::make_unique<Patience>(options.patience, options.request_threads / 2, host.clock()));
  auto& front_end = host.Own(std::make_unique<FrontEnd>(
      options.front_end, peers, nonces, patience, host.clock(), [](const crypto::PublicKey& key) {
        return policy::CheckKey(key, policy::KeyUse::kAccount, {});
      }));
  auto& edge = host.Own(std::make_unique<Edge>(
      host, options.listeners, options.request_timeout,
      base::WorkerPool::Options{.threads = options.request_threads, .queue = options.request_queue},
      front_end));
  host.Serve(std::make_unique<NoncesService>(host.runner(), nonces),
             {{"cairn.wfe.v1.Nonces/RedeemNonce", {"wfe"}}});
  host.OnStart([&edge] { return edge.Start(); });
  host.OnStop([&edge] { edge.Stop(); });
  return absl::OkStatus();
}

}  // namespace
}  // namespace cairn::wfe

int main(int argc, char** argv) {
  return cairn::service::Main<cairn::config::Wfe>({.name = "wfe", .argc = argc, .argv = argv},
                                                  cairn::wfe::Build);
}
