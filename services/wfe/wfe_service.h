#pragma once

#include "libs/service/rpc_runner.h"
#include "protos/wfe/v1/wfe.grpc.pb.h"
#include "services/wfe/core/nonces.h"

namespace cairn::wfe {

// What other replicas ask: to redeem a nonce that was made here.
class NoncesService final : public v1::Nonces::CallbackService {
 public:
  NoncesService(service::RpcRunner& runner, NonceBook& nonces) : runner_(runner), nonces_(nonces) {}

  grpc::ServerUnaryReactor* RedeemNonce(grpc::CallbackServerContext* context,
                                        const v1::RedeemNonceRequest* request,
                                        v1::RedeemNonceResponse* response) override {
    return runner_.Run(context, [=, this](const base::Call&) {
      response->set_valid(nonces_.RedeemOwn(request->nonce()));
      return absl::OkStatus();
    });
  }

 private:
  service::RpcRunner& runner_;
  NonceBook& nonces_;
};

}  // namespace cairn::wfe
