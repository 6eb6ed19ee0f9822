#include "services/ra/ra_service.h"

#include <absl/time/time.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "libs/base/status_macros.h"
#include "services/ra/late_answer.h"

namespace cairn::ra {

RaService::RaService(service::RpcRunner& runner, Impatience& impatience, const base::Clock& clock,
                     UseCases use_cases)
    : runner_(runner), impatience_(impatience), clock_(clock), use_cases_(use_cases) {}

template <typename UseCase, typename Request, typename Response>
grpc::ServerUnaryReactor* RaService::RunLate(UseCase& use_case,
                                             grpc::CallbackServerContext* context,
                                             const Request* request, Response* response,
                                             const char* method) {
  return runner_.RunLate(
      context,
      [=, this, &use_case](const base::Call& call,
                           service::RpcRunner::Reply reply) -> std::optional<absl::Status> {
        // Half of what is left: the answer has a way to go, too.
        const absl::Duration wait =
            std::min(absl::Milliseconds(request->wait_milliseconds()), call.Left(clock_) / 2);
        auto late = std::make_shared<LateAnswer<Response>>(response, [reply] { reply.Ok(); });
        absl::StatusOr<Response> meanwhile =
            use_case.Run(call, *request, [late](Response end) { late->End(std::move(end)); });
        if (!meanwhile.ok()) return meanwhile.status();
        late->Wait(*std::move(meanwhile));
        if (wait > absl::ZeroDuration()) {
          impatience_.After(wait, late);
        } else {
          late->GiveUp();
        }
        return std::nullopt;
      },
      method);
}

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
  return RunLate(use_cases_.start_validation, context, request, response, __func__);
}

grpc::ServerUnaryReactor* RaService::FinalizeOrder(grpc::CallbackServerContext* context,
                                                   const v1::FinalizeOrderRequest* request,
                                                   v1::FinalizeOrderResponse* response) {
  return RunLate(use_cases_.finalize_order, context, request, response, __func__);
}

}  // namespace cairn::ra
