#pragma once

#include "libs/base/call.h"
#include "protos/audit/v1/audit.pb.h"

namespace cairn::ca {

// An event with who asked for what, to be filled in.
inline audit::v1::Event AuditEvent(const base::Call& call) {
  audit::v1::Event event;
  event.set_trace_id(call.trace.trace_id);
  event.set_peer(call.peer);
  return event;
}

}  // namespace cairn::ca
