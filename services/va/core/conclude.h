#pragma once

#include <absl/status/statusor.h>

#include "protos/va/v1/va.pb.h"
#include "services/va/core/attempt.h"

namespace cairn::va {

// What comes of one subject of an attempt, as far as it is known by now: valid, or
// the problem, with the receipts of all that looked. A problem says by how many of
// the perspectives it was seen and what others saw, but never which ones they were
// (MPIC-19). kUnavailable if too few answered for there to be a result. Needs the
// attempt's mutex.
absl::StatusOr<v1::ValidateResponse> Conclude(const Attempt& attempt, int subject);

}  // namespace cairn::va
