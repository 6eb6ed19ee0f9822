#include "services/sa/account_services.h"

#include "libs/base/call.h"
#include "libs/base/status_macros.h"

namespace cairn::sa {

grpc::ServerUnaryReactor* AccountReaderService::GetAccount(grpc::CallbackServerContext* context,
                                                           const v1::GetAccountRequest* request,
                                                           v1::GetAccountResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, account_reader_.GetAccount(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AccountWriterService::CreateAccount(
    grpc::CallbackServerContext* context, const v1::CreateAccountRequest* request,
    v1::CreateAccountResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, account_writer_.CreateAccount(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AccountWriterService::FindAccount(grpc::CallbackServerContext* context,
                                                            const v1::FindAccountRequest* request,
                                                            v1::FindAccountResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, account_writer_.FindAccount(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AccountWriterService::UpdateAccount(
    grpc::CallbackServerContext* context, const v1::UpdateAccountRequest* request,
    v1::UpdateAccountResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, account_writer_.UpdateAccount(call, *request));
    return absl::OkStatus();
  });
}

}  // namespace cairn::sa
