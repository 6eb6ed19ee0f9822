#include "libs/base/clock.h"

#include <absl/time/clock.h>

namespace cairn::base {

absl::Time SystemClock::Now() const { return absl::Now(); }

}  // namespace cairn::base
