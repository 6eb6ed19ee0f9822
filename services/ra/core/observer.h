#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string_view>

#include "libs/base/call.h"

namespace cairn::ra {

enum class ValidationOutcome {
  kValid,
  kInvalid,
  kElsewhere,   // somebody else has ended it
  kUnfinished,  // can't go on now: left to the lease
};

enum class IssuanceOutcome {
  kIssued,
  kRefused,  // the order is invalid
  kElsewhere,
  kUnfinished,
};

enum class Recovered { kValidation, kIssuance, kSerial };

// Sees how work ends for which nobody waits any more: for metrics and the log.
// Thread-safe, does not block.
class Observer {
 public:
  virtual ~Observer() = default;
  // `why` is OK unless the work is unfinished.
  virtual void ValidationEnded(const base::Call& call, uint64_t order_id, uint32_t position,
                               ValidationOutcome outcome, const absl::Status& why) = 0;
  virtual void IssuanceEnded(const base::Call& call, uint64_t order_id, IssuanceOutcome outcome,
                             const absl::Status& why) = 0;
  // Work that somebody left behind is taken up.
  virtual void WorkRecovered(Recovered what) = 0;
  // Background work failed; it is tried again.
  virtual void BackgroundFailed(const base::Call& call, std::string_view what,
                                const absl::Status& why) = 0;
};

}  // namespace cairn::ra
