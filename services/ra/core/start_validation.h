#pragma once

#include <absl/status/statusor.h>

#include <functional>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "protos/ra/v1/ra.pb.h"
#include "services/ra/core/validate.h"
#include "services/ra/core/work_queue.h"
#include "services/ra/options.h"
#include "services/sa/api/order_writer.h"

namespace cairn::ra {

// The client's answer to a challenge (RFC 8555 section 7.5.1): stored, answered,
// and carried out on the validation queue, for which nobody has to wait.
class StartValidation {
 public:
  StartValidation(const Options& options, sa::OrderWriter& orders, Validate& validate,
                  WorkQueue& queue, const base::Clock& clock);

  // Called with the authorization when the validation has ended, on the thread that
  // carried it out. Destroyed without a call where nothing will be known before the
  // lease runs out, or no validation was begun.
  using Ended = std::function<void(v1::StartValidationResponse)>;

  // The authorization as it is now. Answering again while the validation runs,
  // or when it was successful, changes nothing.
  //
  // kNotFound for a method that the authorization doesn't offer; kMalformed for one
  // that is over; kOverloaded, and nothing is stored, when the queue is full.
  absl::StatusOr<v1::StartValidationResponse> Run(const base::Call& call,
                                                  const v1::StartValidationRequest& request,
                                                  Ended ended = nullptr);

 private:
  const Options& options_;
  sa::OrderWriter& orders_;
  Validate& validate_;
  WorkQueue& queue_;
  const base::Clock& clock_;
};

}  // namespace cairn::ra
