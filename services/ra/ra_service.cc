#include "services/ra/ra_service.h"

#include "libs/base/status_macros.h"

namespace cairn::ra {

RaService::RaService(service::RpcRunner& runner, UseCases use_cases)
    : runner_(runner), use_cases_(use_cases) {}

grpc::ServerUnaryReactor* RaService::NewAccount(grpc::CallbackServerContext* context,
                                                const v1::NewAccountRequest* request,
                                                v1::NewAccountResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, use_cases_.new_account.Run(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RaService::UpdateAccount(grpc::CallbackServerContext* context,
                                                   const v1::UpdateAccountRequest* request,
                                                   v1::UpdateAccountResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, use_cases_.update_account.Run(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RaService::NewOrder(grpc::CallbackServerContext* context,
                                              const v1::NewOrderRequest* request,
                                              v1::NewOrderResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, use_cases_.new_order.Run(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RaService::StartValidation(grpc::CallbackServerContext* context,
                                                     const v1::StartValidationRequest* request,
                                                     v1::StartValidationResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, use_cases_.start_validation.Run(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RaService::FinalizeOrder(grpc::CallbackServerContext* context,
                                                   const v1::FinalizeOrderRequest* request,
                                                   v1::FinalizeOrderResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, use_cases_.finalize_order.Run(call, *request));
    return absl::OkStatus();
  });
}

}  // namespace cairn::ra
