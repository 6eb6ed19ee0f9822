#pragma once

#include "libs/base/worker_pool.h"
#include "libs/service/rpc_runner.h"
#include "protos/va/v1/va.grpc.pb.h"
#include "services/va/core/corroborate.h"
#include "services/va/core/observe.h"

namespace cairn::va {

// The generated services: hand each call to the core, on `pool`. No decisions.

class ValidationService final : public v1::Validation::CallbackService {
 public:
  ValidationService(service::RpcRunner& runner, base::WorkerPool& pool, Corroborate& corroborate)
      : runner_(runner), pool_(pool), corroborate_(corroborate) {}

  grpc::ServerUnaryReactor* Validate(grpc::CallbackServerContext* context,
                                     const v1::ValidateRequest* request,
                                     v1::ValidateResponse* response) override;
  grpc::ServerUnaryReactor* CheckCaa(grpc::CallbackServerContext* context,
                                     const v1::CheckCaaRequest* request,
                                     v1::CheckCaaResponse* response) override;

 private:
  service::RpcRunner& runner_;
  base::WorkerPool& pool_;
  Corroborate& corroborate_;
};

class PerspectiveService final : public v1::Perspective::CallbackService {
 public:
  PerspectiveService(service::RpcRunner& runner, base::WorkerPool& pool, const va::Observe& observe)
      : runner_(runner), pool_(pool), observe_(observe) {}

  grpc::ServerUnaryReactor* Observe(grpc::CallbackServerContext* context,
                                    const v1::ObserveRequest* request,
                                    v1::ObserveResponse* response) override;

 private:
  service::RpcRunner& runner_;
  base::WorkerPool& pool_;
  const va::Observe& observe_;
};

}  // namespace cairn::va
