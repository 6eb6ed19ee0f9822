#include "services/publisher/publisher_service.h"

#include "libs/base/call.h"
#include "libs/base/status_macros.h"

namespace cairn::publisher {

grpc::ServerUnaryReactor* PublisherService::GetScts(grpc::CallbackServerContext* context,
                                                    const v1::GetSctsRequest* request,
                                                    v1::GetSctsResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, get_scts_.Run(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* PublisherService::SubmitCertificate(
    grpc::CallbackServerContext* context, const v1::SubmitCertificateRequest* request,
    v1::SubmitCertificateResponse* response) {
  return runner_.RunOn(background_, context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, submit_certificate_.Run(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* PublisherService::CheckInclusion(grpc::CallbackServerContext* context,
                                                           const v1::CheckInclusionRequest* request,
                                                           v1::CheckInclusionResponse* response) {
  return runner_.RunOn(background_, context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, check_inclusion_.Run(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* PublisherService::ListLogs(grpc::CallbackServerContext* context,
                                                     const v1::ListLogsRequest*,
                                                     v1::ListLogsResponse* response) {
  return runner_.Run(context, [=, this](const base::Call&) -> absl::Status {
    *response = read_log_.List();
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* PublisherService::ReadLog(grpc::CallbackServerContext* context,
                                                    const v1::ReadLogRequest* request,
                                                    v1::ReadLogResponse* response) {
  return runner_.RunOn(background_, context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, read_log_.Run(call, *request));
    return absl::OkStatus();
  });
}

}  // namespace cairn::publisher
