#pragma once

#include "libs/base/clock.h"
#include "libs/service/rpc_runner.h"
#include "protos/ra/v1/ra.grpc.pb.h"
#include "services/ra/core/finalize_order.h"
#include "services/ra/core/new_account.h"
#include "services/ra/core/new_order.h"
#include "services/ra/core/start_validation.h"
#include "services/ra/core/update_account.h"
#include "services/ra/impatience.h"

namespace cairn::ra {

struct UseCases {
  NewAccount& new_account;
  UpdateAccount& update_account;
  NewOrder& new_order;
  StartValidation& start_validation;
  FinalizeOrder& finalize_order;
};

// The generated service: hands each call to its use case, and holds the answer back
// while the caller would wait for an end. No decisions.
class RaService final : public v1::Registration::CallbackService {
 public:
  // All must outlive it.
  RaService(service::RpcRunner& runner, Impatience& impatience, const base::Clock& clock,
            UseCases use_cases);

  grpc::ServerUnaryReactor* NewAccount(grpc::CallbackServerContext* context,
                                       const v1::NewAccountRequest* request,
                                       v1::NewAccountResponse* response) override;
  grpc::ServerUnaryReactor* UpdateAccount(grpc::CallbackServerContext* context,
                                          const v1::UpdateAccountRequest* request,
                                          v1::UpdateAccountResponse* response) override;
  grpc::ServerUnaryReactor* NewOrder(grpc::CallbackServerContext* context,
                                     const v1::NewOrderRequest* request,
                                     v1::NewOrderResponse* response) override;
  grpc::ServerUnaryReactor* StartValidation(grpc::CallbackServerContext* context,
                                            const v1::StartValidationRequest* request,
                                            v1::StartValidationResponse* response) override;
  grpc::ServerUnaryReactor* FinalizeOrder(grpc::CallbackServerContext* context,
                                          const v1::FinalizeOrderRequest* request,
                                          v1::FinalizeOrderResponse* response) override;

 private:
  // A call to a use case whose end may be waited for.
  template <typename UseCase, typename Request, typename Response>
  grpc::ServerUnaryReactor* RunLate(UseCase& use_case, grpc::CallbackServerContext* context,
                                    const Request* request, Response* response, const char* method);

  service::RpcRunner& runner_;
  Impatience& impatience_;
  const base::Clock& clock_;
  const UseCases use_cases_;
};

}  // namespace cairn::ra
