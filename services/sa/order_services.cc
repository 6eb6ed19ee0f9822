#include "services/sa/order_services.h"

#include "libs/base/call.h"
#include "libs/base/status_macros.h"

namespace cairn::sa {

grpc::ServerUnaryReactor* OrderReaderService::GetOrder(grpc::CallbackServerContext* context,
                                                       const v1::GetOrderRequest* request,
                                                       v1::GetOrderResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_reader_.GetOrder(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderReaderService::GetAuthorization(
    grpc::CallbackServerContext* context, const v1::GetAuthorizationRequest* request,
    v1::GetAuthorizationResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_reader_.GetAuthorization(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderReaderService::GetCertificate(
    grpc::CallbackServerContext* context, const v1::GetCertificateRequest* request,
    v1::GetCertificateResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_reader_.GetCertificate(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderWriterService::CreateOrder(grpc::CallbackServerContext* context,
                                                          const v1::CreateOrderRequest* request,
                                                          v1::CreateOrderResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_writer_.CreateOrder(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderWriterService::BeginValidation(
    grpc::CallbackServerContext* context, const v1::BeginValidationRequest* request,
    v1::BeginValidationResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_writer_.BeginValidation(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderWriterService::FinishValidation(
    grpc::CallbackServerContext* context, const v1::FinishValidationRequest* request,
    v1::FinishValidationResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_writer_.FinishValidation(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderWriterService::GetIssuance(grpc::CallbackServerContext* context,
                                                          const v1::GetIssuanceRequest* request,
                                                          v1::GetIssuanceResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_writer_.GetIssuance(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderWriterService::BeginIssuance(grpc::CallbackServerContext* context,
                                                            const v1::BeginIssuanceRequest* request,
                                                            v1::BeginIssuanceResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_writer_.BeginIssuance(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderWriterService::AddReceipts(grpc::CallbackServerContext* context,
                                                          const v1::AddReceiptsRequest* request,
                                                          v1::AddReceiptsResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_writer_.AddReceipts(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderWriterService::StorePrecertificate(
    grpc::CallbackServerContext* context, const v1::StorePrecertificateRequest* request,
    v1::StorePrecertificateResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_writer_.StorePrecertificate(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderWriterService::KeepScts(grpc::CallbackServerContext* context,
                                                       const v1::KeepSctsRequest* request,
                                                       v1::KeepSctsResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_writer_.KeepScts(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderWriterService::FinishIssuance(
    grpc::CallbackServerContext* context, const v1::FinishIssuanceRequest* request,
    v1::FinishIssuanceResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_writer_.FinishIssuance(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderWriterService::FailIssuance(grpc::CallbackServerContext* context,
                                                           const v1::FailIssuanceRequest* request,
                                                           v1::FailIssuanceResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_writer_.FailIssuance(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderWriterService::LeaseExpiredWork(
    grpc::CallbackServerContext* context, const v1::LeaseExpiredWorkRequest* request,
    v1::LeaseExpiredWorkResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_writer_.LeaseExpiredWork(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OrderWriterService::ReconcileSerials(
    grpc::CallbackServerContext* context, const v1::ReconcileSerialsRequest* request,
    v1::ReconcileSerialsResponse* response) {
  return runner_.Run(context, [=, this](const base::Call& call) -> absl::Status {
    ASSIGN_OR_RETURN(*response, order_writer_.ReconcileSerials(call, *request));
    return absl::OkStatus();
  });
}

}  // namespace cairn::sa
