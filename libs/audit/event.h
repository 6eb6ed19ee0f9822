#pragma once

#include "libs/base/call.h"
#include "protos/audit/v1/audit.pb.h"

namespace cairn::audit {

// A record of the request that `call` is; the caller adds what happened.
inline v1::Event EventOf(const base::Call& call) {
  v1::Event event;
  event.set_trace_id(call.trace.trace_id);
  event.set_peer(call.peer);
  return event;
}

}  // namespace cairn::audit
