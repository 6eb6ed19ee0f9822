#include "services/ca/core/update_times.h"

#include "libs/errors/errors.h"

namespace cairn::ca {
namespace {

constexpr absl::Duration kMaxAge = absl::Hours(1);
constexpr absl::Duration kMaxAhead = absl::Hours(24 * 366);

}  // namespace

absl::Status CheckUpdateTimes(int64_t this_update_ms, int64_t next_update_ms, absl::Time now) {
  const absl::Time this_update = absl::FromUnixMillis(this_update_ms);
  const absl::Time next_update = absl::FromUnixMillis(next_update_ms);
  if (this_update > now || this_update < now - kMaxAge) {
    return errors::Make(errors::Reason::kMalformed, "thisUpdate is not within the last hour");
  }
  if (SecondsOf(next_update_ms) <= now || next_update > now + kMaxAhead) {
    return errors::Make(errors::Reason::kMalformed, "nextUpdate is not within the next year");
  }
  return absl::OkStatus();
}

}  // namespace cairn::ca
