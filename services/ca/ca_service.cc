#include "services/ca/ca_service.h"

#include "libs/base/status_macros.h"

namespace cairn::ca {

grpc::ServerUnaryReactor* SignerService::SignCertificate(grpc::CallbackServerContext* context,
                                                         const v1::SignCertificateRequest* request,
                                                         v1::SignCertificateResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, issue_.Run(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* JournalService::ReadJournal(grpc::CallbackServerContext* context,
                                                      const v1::ReadJournalRequest* request,
                                                      v1::ReadJournalResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, read_.Run(call, *request));
    return absl::OkStatus();
  });
}

}  // namespace cairn::ca
