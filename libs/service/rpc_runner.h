#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/status.h>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/base/worker_pool.h"
#include "libs/errors/errors.h"
#include "libs/log/log.h"
#include "libs/metrics/metrics.h"
#include "libs/service/allow_list.h"

namespace cairn::service {

// Runs the blocking body of an RPC on a bounded pool and answers the call with
// what it returns. Thread-safe. See docs/adr/0004.
//
// When the pool and its queue are full the call is refused at once with
// kOverloaded and a Retry-After. Work whose deadline passed, or whose caller
// left, while it was queued is dropped.
class RpcRunner {
 public:
  // All must outlive the runner. `allow` also names the methods for metrics and is
  // read for the caller's role.
  RpcRunner(const base::WorkerPool::Options& options, const AllowList& allow,
            const base::Clock& clock, base::Random& random, log::Logger& log,
            metrics::Registry& registry);

  // Answers a call later than its work returns, with OK. Copies are of the same call.
  class Reply {
   public:
    // From any thread, once for all copies together. Afterwards the call's request
    // and response may be gone.
    void Ok() const { runner_->Finish(reactor_, method_, arrived_, absl::OkStatus()); }

   private:
    friend class RpcRunner;
    Reply(RpcRunner* runner, grpc::ServerUnaryReactor* reactor, const char* method,
          absl::Time arrived)
        : runner_(runner), reactor_(reactor), method_(method), arrived_(arrived) {}

    RpcRunner* runner_;
    grpc::ServerUnaryReactor* reactor_;
    const char* method_;
    absl::Time arrived_;
  };

  // To be returned by a method of a generated callback service. `f` is
  // absl::Status(const base::Call&); it may block, and it may use the request and
  // the response of the call until it returns. `method` names the RPC in metrics:
  // leave it to its default, the name of the calling function.
  template <typename F>
  grpc::ServerUnaryReactor* Run(grpc::CallbackServerContext* context, F f,
                                const char* method = __builtin_FUNCTION()) {
    return RunOn(pool_, context, std::move(f), method);
  }

  // The same on another pool, for RPCs that must not compete with the others.
  template <typename F>
  grpc::ServerUnaryReactor* RunOn(base::WorkerPool& pool, grpc::CallbackServerContext* context, F f,
                                  const char* method = __builtin_FUNCTION()) {
    static_assert(std::is_invocable_r_v<absl::Status, F&, const base::Call&>);
    return Queue(
        pool, context,
        [f = std::move(f)](const base::Call& call, const Reply&) mutable {
          return std::optional<absl::Status>(f(call));
        },
        method);
  }

  // The same for a call whose answer may have to wait for work that goes on: `f` is
  // std::optional<absl::Status>(const base::Call&, Reply). A status answers the call
  // at once. Nothing leaves it to the Reply, and no thread waits meanwhile.
  template <typename F>
  grpc::ServerUnaryReactor* RunLate(grpc::CallbackServerContext* context, F f,
                                    const char* method = __builtin_FUNCTION()) {
    return Queue(pool_, context, std::move(f), method);
  }

  // Runs what is queued, then refuses all. After the server has shut down.
  void Stop() { pool_.Stop(); }

  base::WorkerPool& pool() { return pool_; }

 private:
  // One histogram per gRPC code, made when it's first needed.
  struct Method {
    std::string label;
    std::array<std::atomic<metrics::Histogram>, 17> by_code{};
  };

  template <typename F>
  grpc::ServerUnaryReactor* Queue(base::WorkerPool& pool, grpc::CallbackServerContext* context, F f,
                                  const char* method) {
    static_assert(
        std::is_invocable_r_v<std::optional<absl::Status>, F&, const base::Call&, const Reply&>);
    // The default reactor lives in the context and ends with it, whether the call
    // is answered or cancelled: there is nothing of ours to delete.
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const absl::Time arrived = clock_.Now();
    const bool accepted =
        pool.TryRun([this, context, reactor, arrived, method, f = std::move(f)]() mutable {
          if (context->IsCancelled() || PastDeadline(*context)) {
            Finish(reactor, method, arrived, Expired());
            return;
          }
          const base::Call call = MakeCall(*context);
          const std::optional<absl::Status> status = f(call, Reply(this, reactor, method, arrived));
          if (!status.has_value()) return;
          if (!status->ok()) LogFailure(method, call, *status);
          Finish(reactor, method, arrived, *status);
        });
    if (!accepted) Finish(reactor, method, arrived, Overloaded());
    return reactor;
  }

  bool PastDeadline(const grpc::CallbackServerContext& context) const;
  base::Call MakeCall(const grpc::CallbackServerContext& context) const;
  void LogFailure(const char* method, const base::Call& call, const absl::Status& status);
  void Finish(grpc::ServerUnaryReactor* reactor, const char* method, absl::Time arrived,
              const absl::Status& status);
  metrics::Histogram HistogramOf(Method& method, absl::StatusCode code);
  static absl::Status Expired();
  static absl::Status Overloaded();

  friend class Host;
  // From the allow-list, once it is complete: before the server starts.
  void PrepareMethods();

  const AllowList& allow_;
  const base::Clock& clock_;
  base::Random& random_;
  log::Logger& log_;
  metrics::Registry& registry_;
  // By the bare name, as Run is given it. Not changed while the server runs.
  std::map<std::string, std::unique_ptr<Method>, std::less<>> methods_;
  Method other_;
  base::WorkerPool pool_;
};

}  // namespace cairn::service
