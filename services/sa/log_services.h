#pragma once

#include "libs/service/rpc_runner.h"
#include "protos/sa/v1/sa.grpc.pb.h"
#include "services/sa/api/log_queue.h"
#include "services/sa/api/log_watch.h"

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

// The same of the watch over CT logs.
class LogWatchService final : public v1::LogWatch::CallbackService {
 public:
  LogWatchService(service::RpcRunner& runner, LogWatch& log_watch)
      : runner_(runner), log_watch_(log_watch) {}

  grpc::ServerUnaryReactor* GetLogPositions(grpc::CallbackServerContext* context,
                                            const v1::GetLogPositionsRequest* request,
                                            v1::GetLogPositionsResponse* response) override;
  grpc::ServerUnaryReactor* MoveLogPosition(grpc::CallbackServerContext* context,
                                            const v1::MoveLogPositionRequest* request,
                                            v1::MoveLogPositionResponse* response) override;
  grpc::ServerUnaryReactor* FindSerials(grpc::CallbackServerContext* context,
                                        const v1::FindSerialsRequest* request,
                                        v1::FindSerialsResponse* response) override;

 private:
  service::RpcRunner& runner_;
  LogWatch& log_watch_;
};

}  // namespace cairn::sa
