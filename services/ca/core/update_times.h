#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>

namespace cairn::ca {

// Whole seconds, as CRLs and OCSP responses have them.
inline absl::Time SecondsOf(int64_t unix_ms) { return absl::FromUnixSeconds(unix_ms / 1000); }

// The thisUpdate and nextUpdate that a caller asks for, in milliseconds since 1970:
// kMalformed unless thisUpdate lies within the last hour and nextUpdate in the
// future, within a year. How long they may be apart, the checks before the signature
// know.
absl::Status CheckUpdateTimes(int64_t this_update_ms, int64_t next_update_ms, absl::Time now);

}  // namespace cairn::ca
