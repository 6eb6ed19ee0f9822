#pragma once

#include "libs/service/rpc_runner.h"
#include "protos/sa/v1/sa.grpc.pb.h"
#include "services/sa/api/log_queue.h"

namespace cairn::sa {

// The generated service of the work with CT logs: each method runs its namesake of
// the interface. References must outlive the service.
class LogQueueService final : public v1::LogQueue::CallbackService {
 public:
  LogQueueService(service::RpcRunner& runner, LogQueue& log_queue)
      : runner_(runner), log_queue_(log_queue) {}

  grpc::ServerUnaryReactor* LeaseLogWork(grpc::CallbackServerContext* context,
                                         const v1::LeaseLogWorkRequest* request,
                                         v1::LeaseLogWorkResponse* response) override;
  grpc::ServerUnaryReactor* FinishLogWork(grpc::CallbackServerContext* context,
                                          const v1::FinishLogWorkRequest* request,
                                          v1::FinishLogWorkResponse* response) override;

 private:
  service::RpcRunner& runner_;
  LogQueue& log_queue_;
};

}  // namespace cairn::sa
