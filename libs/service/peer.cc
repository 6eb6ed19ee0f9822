#include "libs/service/peer.h"

#include <algorithm>
#include <utility>

namespace cairn::service {
namespace {

// What the callee loses of the caller's time, so that the caller is still there
// to say which step was slow.
constexpr absl::Duration kMargin = absl::Milliseconds(20);

}  // namespace

Peer::Peer(std::shared_ptr<grpc::Channel> channel, const base::Clock& clock, absl::Duration timeout,
           Observer* observer)
    : channel_(std::move(channel)), clock_(clock), timeout_(timeout), observer_(observer) {}

bool Peer::Reachable() const {
  const grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/true);
  return state != GRPC_CHANNEL_TRANSIENT_FAILURE && state != GRPC_CHANNEL_SHUTDOWN;
}

absl::Time Peer::Prepare(const base::Call& call, grpc::ClientContext& context) const {
  ++in_flight_;
  const absl::Time now = clock_.Now();
  const absl::Time deadline = std::min(call.deadline - kMargin, now + timeout_);
  context.set_deadline(absl::ToChronoTime(deadline));
  if (!call.trace.trace_id.empty()) context.AddMetadata("traceparent", call.trace.ToHeader());
  return now;
}

void Peer::Finish(std::string_view method, const absl::Status& status, absl::Time began) const {
  if (observer_ != nullptr) observer_->Finished(method, status, clock_.Now() - began);
  // Last: when it reaches zero, what this object refers to may go.
  --in_flight_;
}

}  // namespace cairn::service
