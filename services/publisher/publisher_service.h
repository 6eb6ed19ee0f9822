#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "libs/base/worker_pool.h"
#include "libs/service/rpc_runner.h"
#include "protos/publisher/v1/publisher.grpc.pb.h"
#include "services/publisher/core/check_inclusion.h"
#include "services/publisher/core/get_scts.h"
#include "services/publisher/core/read_log.h"
#include "services/publisher/core/submit_certificate.h"

namespace cairn::publisher {

// The generated service: hands each call to its use case. No decisions. The race
// for SCTs, which an order waits for, has the runner's threads for itself: the rest
// waits for logs, dead ones too, on `background`.
class PublisherService final : public v1::Publisher::CallbackService {
 public:
  PublisherService(service::RpcRunner& runner, base::WorkerPool& background,
                   const publisher::GetScts& get_scts,
                   const publisher::SubmitCertificate& submit_certificate,
                   const publisher::CheckInclusion& check_inclusion,
                   const publisher::ReadLog& read_log)
      : runner_(runner),
        background_(background),
        get_scts_(get_scts),
        submit_certificate_(submit_certificate),
        check_inclusion_(check_inclusion),
        read_log_(read_log) {}

  grpc::ServerUnaryReactor* GetScts(grpc::CallbackServerContext* context,
                                    const v1::GetSctsRequest* request,
                                    v1::GetSctsResponse* response) override;
  grpc::ServerUnaryReactor* SubmitCertificate(grpc::CallbackServerContext* context,
                                              const v1::SubmitCertificateRequest* request,
                                              v1::SubmitCertificateResponse* response) override;
  grpc::ServerUnaryReactor* CheckInclusion(grpc::CallbackServerContext* context,
                                           const v1::CheckInclusionRequest* request,
                                           v1::CheckInclusionResponse* response) override;
  grpc::ServerUnaryReactor* ListLogs(grpc::CallbackServerContext* context,
                                     const v1::ListLogsRequest* request,
                                     v1::ListLogsResponse* response) override;
  grpc::ServerUnaryReactor* ReadLog(grpc::CallbackServerContext* context,
                                    const v1::ReadLogRequest* request,
                                    v1::ReadLogResponse* response) override;

 private:
  service::RpcRunner& runner_;
  base::WorkerPool& background_;
  const publisher::GetScts& get_scts_;
  const publisher::SubmitCertificate& submit_certificate_;
  const publisher::CheckInclusion& check_inclusion_;
  const publisher::ReadLog& read_log_;
};

}  // namespace cairn::publisher
