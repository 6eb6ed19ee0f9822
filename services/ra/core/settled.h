#pragma once

#include <absl/status/status.h>

#include "libs/errors/errors.h"

namespace cairn::ra {

// Whether the SA refuses a step because the work is past it: another worker got
// the lease and was quicker, or our own first try was done and its answer lost.
inline bool IsSettledElsewhere(const absl::Status& status) {
  if (status.ok()) return false;
  switch (errors::ReasonOf(status)) {
    case errors::Reason::kConflict:
    case errors::Reason::kOrderNotReady:
    case errors::Reason::kNotFound:
      return true;
    default:
      return false;
  }
}

}  // namespace cairn::ra
