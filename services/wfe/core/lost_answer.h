#pragma once

#include <absl/status/status.h>

#include "libs/errors/errors.h"

namespace cairn::wfe {

// Whether a call that failed so may have been carried out all the same: the RA died, or
// took too long, perhaps while it was waited for. The SA knows.
inline bool MayBeDone(const absl::Status& status) {
  const errors::Reason reason = errors::ReasonOf(status);
  return reason == errors::Reason::kUnavailable || reason == errors::Reason::kDeadlineExceeded;
}

}  // namespace cairn::wfe
