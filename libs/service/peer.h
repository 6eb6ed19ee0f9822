#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/errors/grpc_status.h"

namespace cairn::service {

// A service that this one calls: one gRPC channel with mutual TLS, made by
// Host::Dial. Thread-safe.
class Peer {
 public:
  // Sees each finished call: for the metrics of the RPC client.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void Finished(std::string_view method, const absl::Status& status,
                          absl::Duration took) = 0;
  };

  // `timeout` bounds each call; `observer` may be null and must outlive the peer.
  Peer(std::shared_ptr<grpc::Channel> channel, const base::Clock& clock, absl::Duration timeout,
       Observer* observer);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // Whether the channel is connected, or idle and so not known to be broken.
  bool Reachable() const;

  // One blocking call. The deadline is the earlier of the call's, less a margin
  // that lets the caller still name the step that was slow, and now + timeout.
  // The call's trace travels with it. `method` is for metrics: "Signer/SignCertificate".
  template <typename Response, typename Stub, typename Request>
  absl::StatusOr<Response> Invoke(const base::Call& call, std::string_view method, Stub& stub,
                                  grpc::Status (Stub::*invoke)(grpc::ClientContext*, const Request&,
                                                               Response*),
                                  const Request& request) {
    grpc::ClientContext context;
    const absl::Time began = Prepare(call, context);
    Response response;
    const absl::Status status = errors::FromGrpc((stub.*invoke)(&context, request, &response));
    Finish(method, status, began);
    if (!status.ok()) return status;
    return response;
  }

  // What Invoke does before a call: sets deadline and trace. For callers that
  // use the callback API themselves (fan-out).
  absl::Time Prepare(const base::Call& call, grpc::ClientContext& context) const;
  // What Invoke does after it: once for each Prepare, else the process that stops
  // would wait for the call.
  void Finish(std::string_view method, const absl::Status& status, absl::Time began) const;

  // Calls between Prepare and Finish.
  int in_flight() const { return in_flight_; }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const base::Clock& clock_;
  const absl::Duration timeout_;
  Observer* const observer_;
  mutable std::atomic<int> in_flight_ = 0;
};

}  // namespace cairn::service
