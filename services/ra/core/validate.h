#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string_view>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "protos/core/v1/core.pb.h"
#include "protos/sa/v1/sa.pb.h"
#include "protos/va/v1/va.pb.h"
#include "services/ra/core/observer.h"
#include "services/ra/core/retry.h"
#include "services/ra/options.h"
#include "services/sa/api/order_writer.h"
#include "services/va/api/validation.h"

namespace cairn::ra {

// A validation that the SA has leased to us, from the VA's look to the stored
// result. May be run again at any point by whoever gets the lease next: until
// the result is stored nothing has happened. Thread-safe.
class Validate {
 public:
  Validate(const Options& options, sa::OrderWriter& orders, va::Validation& validation,
           const base::Clock& clock, Pause& pause, Observer& observer);

  // Blocks until the result is stored, or can't be before call.deadline, which is
  // that of the lease. `thumbprint` is of the account's key when the client
  // answered the challenge (RFC 8555 section 8.1).
  //
  // The authorization with the result, if it is stored and was this one's.
  std::optional<core::v1::Authorization> Run(const base::Call& call,
                                             const core::v1::Authorization& authorization,
                                             std::string_view thumbprint);
  // Ends the validation without another look, as one that could not be carried out.
  void GiveUp(const base::Call& call, const core::v1::Authorization& authorization);

 private:
  // What is seen, as it is to be stored.
  absl::StatusOr<sa::v1::FinishValidationRequest> Look(const base::Call& call,
                                                       const core::v1::Authorization& authorization,
                                                       std::string_view thumbprint);
  absl::StatusOr<va::v1::ValidateResponse> LookAgain(const base::Call& call,
                                                     const va::v1::ValidateRequest& request);
  absl::StatusOr<ValidationOutcome> Finish(const base::Call& call,
                                           const sa::v1::FinishValidationRequest& finish);
  void Report(const base::Call& call, const core::v1::Authorization& authorization,
              const absl::StatusOr<ValidationOutcome>& outcome);

  const Options& options_;
  sa::OrderWriter& orders_;
  va::Validation& validation_;
  const base::Clock& clock_;
  Pause& pause_;
  Observer& observer_;
};

}  // namespace cairn::ra
