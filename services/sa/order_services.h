#pragma once

#include "libs/service/rpc_runner.h"
#include "protos/sa/v1/sa.grpc.pb.h"
#include "services/sa/api/order_reader.h"
#include "services/sa/api/order_writer.h"

namespace cairn::sa {

// The generated services of orders, authorizations and certificates: each method runs its namesake
// of the interface. References must outlive the services.

class OrderReaderService final : public v1::OrderReader::CallbackService {
 public:
  OrderReaderService(service::RpcRunner& runner, OrderReader& order_reader)
      : runner_(runner), order_reader_(order_reader) {}

  grpc::ServerUnaryReactor* GetOrder(grpc::CallbackServerContext* context,
                                     const v1::GetOrderRequest* request,
                                     v1::GetOrderResponse* response) override;
  grpc::ServerUnaryReactor* GetAuthorization(grpc::CallbackServerContext* context,
                                             const v1::GetAuthorizationRequest* request,
                                             v1::GetAuthorizationResponse* response) override;
  grpc::ServerUnaryReactor* GetCertificate(grpc::CallbackServerContext* context,
                                           const v1::GetCertificateRequest* request,
                                           v1::GetCertificateResponse* response) override;

 private:
  service::RpcRunner& runner_;
  OrderReader& order_reader_;
};

class OrderWriterService final : public v1::OrderWriter::CallbackService {
 public:
  OrderWriterService(service::RpcRunner& runner, OrderWriter& order_writer)
      : runner_(runner), order_writer_(order_writer) {}

  grpc::ServerUnaryReactor* CreateOrder(grpc::CallbackServerContext* context,
                                        const v1::CreateOrderRequest* request,
                                        v1::CreateOrderResponse* response) override;
  grpc::ServerUnaryReactor* BeginValidation(grpc::CallbackServerContext* context,
                                            const v1::BeginValidationRequest* request,
                                            v1::BeginValidationResponse* response) override;
  grpc::ServerUnaryReactor* FinishValidation(grpc::CallbackServerContext* context,
                                             const v1::FinishValidationRequest* request,
                                             v1::FinishValidationResponse* response) override;
  grpc::ServerUnaryReactor* GetIssuance(grpc::CallbackServerContext* context,
                                        const v1::GetIssuanceRequest* request,
                                        v1::GetIssuanceResponse* response) override;
  grpc::ServerUnaryReactor* BeginIssuance(grpc::CallbackServerContext* context,
                                          const v1::BeginIssuanceRequest* request,
                                          v1::BeginIssuanceResponse* response) override;
  grpc::ServerUnaryReactor* AddReceipts(grpc::CallbackServerContext* context,
                                        const v1::AddReceiptsRequest* request,
                                        v1::AddReceiptsResponse* response) override;
  grpc::ServerUnaryReactor* StorePrecertificate(grpc::CallbackServerContext* context,
                                                const v1::StorePrecertificateRequest* request,
                                                v1::StorePrecertificateResponse* response) override;
  grpc::ServerUnaryReactor* KeepScts(grpc::CallbackServerContext* context,
                                     const v1::KeepSctsRequest* request,
                                     v1::KeepSctsResponse* response) override;
  grpc::ServerUnaryReactor* FinishIssuance(grpc::CallbackServerContext* context,
                                           const v1::FinishIssuanceRequest* request,
                                           v1::FinishIssuanceResponse* response) override;
  grpc::ServerUnaryReactor* FailIssuance(grpc::CallbackServerContext* context,
                                         const v1::FailIssuanceRequest* request,
                                         v1::FailIssuanceResponse* response) override;
  grpc::ServerUnaryReactor* LeaseExpiredWork(grpc::CallbackServerContext* context,
                                             const v1::LeaseExpiredWorkRequest* request,
                                             v1::LeaseExpiredWorkResponse* response) override;
  grpc::ServerUnaryReactor* ReconcileSerials(grpc::CallbackServerContext* context,
                                             const v1::ReconcileSerialsRequest* request,
                                             v1::ReconcileSerialsResponse* response) override;

 private:
  service::RpcRunner& runner_;
  OrderWriter& order_writer_;
};

}  // namespace cairn::sa
