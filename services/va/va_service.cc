#include "services/va/va_service.h"

#include "libs/base/call.h"
#include "libs/base/status_macros.h"

namespace cairn::va {

grpc::ServerUnaryReactor* ValidationService::Validate(grpc::CallbackServerContext* context,
                                                      const v1::ValidateRequest* request,
                                                      v1::ValidateResponse* response) {
  return runner_.RunOn(
      pool_, context,
      [=, this](const base::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(*response, corroborate_.Validate(call, *request));
        return absl::OkStatus();
      },
      "Validate");
}

grpc::ServerUnaryReactor* ValidationService::CheckCaa(grpc::CallbackServerContext* context,
                                                      const v1::CheckCaaRequest* request,
                                                      v1::CheckCaaResponse* response) {
  return runner_.RunOn(
      pool_, context,
      [=, this](const base::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(*response, corroborate_.CheckCaa(call, *request));
        return absl::OkStatus();
      },
      "CheckCaa");
}

grpc::ServerUnaryReactor* PerspectiveService::Observe(grpc::CallbackServerContext* context,
                                                      const v1::ObserveRequest* request,
                                                      v1::ObserveResponse* response) {
  return runner_.RunOn(
      pool_, context,
      [=, this](const base::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(*response, observe_.Run(call, *request));
        return absl::OkStatus();
      },
      "Observe");
}

}  // namespace cairn::va
