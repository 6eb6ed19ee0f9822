#pragma once

#include <absl/status/status.h>

#include "protos/audit/v1/audit.pb.h"

namespace cairn::audit {

// The audit log. Thread-safe; may block on its sink.
//
// When Write fails, the caller must not do what it was about to record (LOG-19:
// issuance fails closed).
class Log {
 public:
  virtual ~Log() = default;
  // `event` without at_ms and service: the log sets them.
  virtual absl::Status Write(const v1::Event& event) = 0;
};

}  // namespace cairn::audit
