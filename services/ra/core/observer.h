#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

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

// How a piece of work with CT logs ended.
enum class LogOutcome {
  kSubmitted,
  kNotSubmitted,  // tried again
  kIncluded,
  kNotYet,  // not included, or not to be found out now; asked again
  kBroken,  // a log's promise is broken, or can't be checked
  kGivenUp,
  kElsewhere,
};

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
  // The signer did not take the SCTs that the publisher got. It is tried again.
  virtual void SctsRefused(const base::Call& call, uint64_t order_id, const absl::Status& why) = 0;
  // `why` is OK where nothing is wrong.
  virtual void LogWorkEnded(const base::Call& call, std::string_view serial, LogOutcome outcome,
                            const absl::Status& why) = 0;
  // For how long the certificate that has waited longest for its submission to a
  // log does so; zero if none waits.
  virtual void OldestUnsubmitted(absl::Duration age) = 0;
  // A CT log was read on at that time; so many of its entries are still to be read.
  virtual void LogRead(std::string_view log, uint64_t entries, uint64_t behind, absl::Time at) = 0;
  // A log has what our issuer has signed, and the SA does not know it.
  virtual void LogEntryUnexplained(const base::Call& call, std::string_view log, uint64_t index,
                                   std::string_view serial, std::string_view why) = 0;
  // Work that somebody left behind is taken up.
  virtual void WorkRecovered(Recovered what) = 0;
  // Background work failed; it is tried again.
  virtual void BackgroundFailed(const base::Call& call, std::string_view what,
                                const absl::Status& why) = 0;
};

}  // namespace cairn::ra
