#pragma once

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "services/ra/options.h"

namespace cairn::ra {

// The call of work that goes on under a lease taken now, for the request (and its
// trace) that `call` is. It ends a tenth before the lease does, so that a slow
// last step is over when the next worker takes the lease.
inline base::Call UnderLease(const base::Call& call, const Options& options,
                             const base::Clock& clock) {
  base::Call leased;
  leased.deadline = clock.Now() + options.lease * 0.9;
  leased.trace = call.trace;
  return leased;
}

}  // namespace cairn::ra
