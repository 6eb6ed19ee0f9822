#include "services/sa/evidence_services.h"

#include "libs/base/call.h"
#include "libs/base/status_macros.h"

namespace cairn::sa {

grpc::ServerUnaryReactor* EvidenceReaderService::FindValidations(
    grpc::CallbackServerContext* context, const v1::FindValidationsRequest* request,
    v1::FindValidationsResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, evidence_reader_.FindValidations(call, *request));
    return absl::OkStatus();
  });
}

}  // namespace cairn::sa
