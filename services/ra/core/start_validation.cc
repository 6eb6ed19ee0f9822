#include "services/ra/core/start_validation.h"

#include <absl/time/time.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "services/ra/core/lease.h"

namespace cairn::ra {

using core::v1::Authorization;

StartValidation::StartValidation(const Options& options, sa::OrderWriter& orders,
                                 Validate& validate, WorkQueue& queue, const base::Clock& clock)
    : options_(options), orders_(orders), validate_(validate), queue_(queue), clock_(clock) {}

absl::StatusOr<v1::StartValidationResponse> StartValidation::Run(
    const base::Call& call, const v1::StartValidationRequest& request, Ended ended) {
  ASSIGN_OR_RETURN(WorkQueue::Slot slot, queue_.Reserve());

  const base::Call leased = UnderLease(call, options_, clock_);
  sa::v1::BeginValidationRequest begin;
  *begin.mutable_account() = request.account();
  begin.set_order_id(request.order_id());
  begin.set_position(request.position());
  begin.set_method(request.method());
  begin.set_lease_seconds(absl::ToInt64Seconds(options_.lease));
  ASSIGN_OR_RETURN(sa::v1::BeginValidationResponse begun, orders_.BeginValidation(call, begin));

  v1::StartValidationResponse response;
  *response.mutable_authorization() = begun.authorization();
  if (begun.leased()) {
    // The thumbprint of now, not of when the work runs: a change of the key in
    // between must not decide what the client has to have published (ACME-103).
    std::move(slot).Run([this, leased, authorization = std::move(*begun.mutable_authorization()),
                         thumbprint = request.account().thumbprint(), ended = std::move(ended)] {
      std::optional<Authorization> result = validate_.Run(leased, authorization, thumbprint);
      if (!result.has_value() || ended == nullptr) return;
      v1::StartValidationResponse end;
      *end.mutable_authorization() = *std::move(result);
      ended(std::move(end));
    });
    return response;
  }
  const auto& offered = begun.authorization().offered();
  if (std::find(offered.begin(), offered.end(), request.method()) == offered.end()) {
    return errors::Make(errors::Reason::kNotFound, "the authorization has no such challenge");
  }
  switch (begun.authorization().status()) {
    case Authorization::STATUS_PENDING:
    case Authorization::STATUS_PROCESSING:
    case Authorization::STATUS_VALID:
      return response;
    default:
      return errors::Make(errors::Reason::kMalformed,
                          "the authorization is over; a new order gets a new one");
  }
}

}  // namespace cairn::ra
