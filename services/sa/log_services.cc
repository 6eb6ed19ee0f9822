#include "services/sa/log_services.h"

#include "libs/base/call.h"
#include "libs/base/status_macros.h"

namespace cairn::sa {

grpc::ServerUnaryReactor* LogQueueService::LeaseLogWork(grpc::CallbackServerContext* context,
                                                        const v1::LeaseLogWorkRequest* request,
                                                        v1::LeaseLogWorkResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, log_queue_.LeaseLogWork(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* LogQueueService::FinishLogWork(grpc::CallbackServerContext* context,
                                                         const v1::FinishLogWorkRequest* request,
                                                         v1::FinishLogWorkResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, log_queue_.FinishLogWork(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* LogWatchService::GetLogPositions(
    grpc::CallbackServerContext* context, const v1::GetLogPositionsRequest* request,
    v1::GetLogPositionsResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, log_watch_.GetLogPositions(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* LogWatchService::MoveLogPosition(
    grpc::CallbackServerContext* context, const v1::MoveLogPositionRequest* request,
    v1::MoveLogPositionResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, log_watch_.MoveLogPosition(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* LogWatchService::FindSerials(grpc::CallbackServerContext* context,
                                                       const v1::FindSerialsRequest* request,
                                                       v1::FindSerialsResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, log_watch_.FindSerials(call, *request));
    return absl::OkStatus();
  });
}

}  // namespace cairn::sa
