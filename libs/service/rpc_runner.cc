#include "libs/service/rpc_runner.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include <algorithm>
#include <chrono>

#include "libs/base/strings.h"
#include "libs/errors/grpc_status.h"

namespace cairn::service {

RpcRunner::RpcRunner(const base::WorkerPool::Options& options, const AllowList& allow,
                     const base::Clock& clock, base::Random& random, log::Logger& log,
                     metrics::Registry& registry)
    : allow_(allow),
      clock_(clock),
      random_(random),
      log_(log),
      registry_(registry),
      pool_(options) {
  other_.label = "other";
}

void RpcRunner::PrepareMethods() {
  for (const std::string& label : allow_.MethodLabels()) {
    const std::string name = label.substr(label.find('/') + 1);
    auto& method = methods_[name];
    if (method == nullptr) {
      method = std::make_unique<Method>();
      method->label = label;
    } else {
      // Two services have a method of this name: the bare name covers both.
      method->label = name;
    }
  }
}

bool RpcRunner::PastDeadline(const grpc::CallbackServerContext& context) const {
  return absl::FromChrono(context.deadline()) <= clock_.Now();
}

base::Call RpcRunner::MakeCall(const grpc::CallbackServerContext& context) const {
  base::Call call;
  const auto deadline = context.deadline();
  if (deadline != std::chrono::system_clock::time_point::max()) {
    call.deadline = absl::FromChrono(deadline);
  }
  const std::shared_ptr<const grpc::AuthContext> auth = context.auth_context();
  call.peer = allow_.RoleOf(auth->FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME));
  const auto& metadata = context.client_metadata();
  std::optional<base::Trace> trace;
  if (const auto found = metadata.find("traceparent"); found != metadata.end()) {
    trace = base::Trace::Parse({found->second.data(), found->second.size()});
  }
  call.trace = trace ? *std::move(trace) : base::Trace::Start(random_);
  return call;
}

void RpcRunner::LogFailure(const char* method, const base::Call& call, const absl::Status& status) {
  // The other reasons are answers; this one is a fault whose text goes no further.
  if (errors::ReasonOf(status) != errors::Reason::kInternal) return;
  log_.Error("rpc_failed",
             {{"method", method}, {"peer", call.peer}, log::Trace(call), {"detail", status}});
}

void RpcRunner::Finish(grpc::ServerUnaryReactor* reactor, const char* method, absl::Time arrived,
                       const absl::Status& status) {
  const auto found = methods_.find(std::string_view(method));
  HistogramOf(found == methods_.end() ? other_ : *found->second, status.code())
      .Observe(clock_.Now() - arrived);
  // Last: from here on the call, its request and its response may be gone.
  reactor->Finish(errors::ToGrpc(status));
}

metrics::Histogram RpcRunner::HistogramOf(Method& method, absl::StatusCode code) {
  const size_t index = std::min(static_cast<size_t>(code), method.by_code.size() - 1);
  metrics::Histogram histogram = method.by_code[index].load(std::memory_order_acquire);
  if (histogram) return histogram;
  histogram = registry_.Histogram(
      "cairn_rpc_server_seconds", "Time from the arrival of a call to its answer",
      {{"method", method.label}, {"code", absl::StatusCodeToString(code)}});
  method.by_code[index].store(histogram, std::memory_order_release);
  return histogram;
}

absl::Status RpcRunner::Expired() {
  return errors::Make(errors::Reason::kDeadlineExceeded, "the request waited too long",
                      absl::Seconds(5));
}

absl::Status RpcRunner::Overloaded() {
  return errors::Make(errors::Reason::kOverloaded, "too busy: try again later", absl::Seconds(2));
}

}  // namespace cairn::service
