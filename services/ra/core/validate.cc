#include "services/ra/core/validate.h"

#include <absl/time/time.h>

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "services/ra/core/receipt_times.h"
#include "services/ra/core/settled.h"
#include "services/ra/core/subject.h"

namespace cairn::ra {

using errors::Make;
using errors::Reason;

namespace {

core::v1::Problem CouldNotBeCarriedOut() {
  core::v1::Problem problem;
  problem.set_reason(static_cast<int>(Reason::kInternal));
  problem.set_detail("the validation could not be carried out");
  return problem;
}

// As the SA has it once `finish` is stored.
core::v1::Authorization WithResult(core::v1::Authorization authorization,
                                   const sa::v1::FinishValidationRequest& finish) {
  if (finish.valid()) {
    authorization.set_status(core::v1::Authorization::STATUS_VALID);
    authorization.set_validated_at(finish.validated_at());
    authorization.set_expires_at(finish.expires_at());
  } else {
    authorization.set_status(core::v1::Authorization::STATUS_INVALID);
    *authorization.mutable_problem() = finish.problem();
  }
  return authorization;
}

bool IsNetworkFailure(const core::v1::Problem& problem) {
  return problem.reason() == static_cast<int>(Reason::kConnection) ||
         problem.reason() == static_cast<int>(Reason::kDns);
}

}  // namespace

Validate::Validate(const Options& options, sa::OrderWriter& orders, va::Validation& validation,
                   const base::Clock& clock, Pause& pause, Observer& observer)
    : options_(options),
      orders_(orders),
      validation_(validation),
      clock_(clock),
      pause_(pause),
      observer_(observer) {}

std::optional<core::v1::Authorization> Validate::Run(const base::Call& call,
                                                     const core::v1::Authorization& authorization,
                                                     std::string_view thumbprint) {
  const absl::StatusOr<sa::v1::FinishValidationRequest> finish =
      Look(call, authorization, thumbprint);
  const absl::StatusOr<ValidationOutcome> outcome =
      finish.ok() ? Finish(call, *finish) : absl::StatusOr<ValidationOutcome>(finish.status());
  Report(call, authorization, outcome);
  if (!outcome.ok() || *outcome == ValidationOutcome::kElsewhere) return std::nullopt;
  return WithResult(authorization, *finish);
}

void Validate::GiveUp(const base::Call& call, const core::v1::Authorization& authorization) {
  sa::v1::FinishValidationRequest finish;
  finish.set_order_id(authorization.order_id());
  finish.set_position(authorization.position());
  *finish.mutable_problem() = CouldNotBeCarriedOut();
  Report(call, authorization, Finish(call, finish));
}

absl::StatusOr<sa::v1::FinishValidationRequest> Validate::Look(
    const base::Call& call, const core::v1::Authorization& authorization,
    std::string_view thumbprint) {
  if (call.Left(clock_) <= absl::ZeroDuration()) {
    return Make(Reason::kDeadlineExceeded, "the lease ran out in the queue");
  }
  va::v1::ValidateRequest request;
  *request.mutable_subject() = SubjectOf(options_, authorization, thumbprint, /*caa_only=*/false);
  absl::StatusOr<va::v1::ValidateResponse> seen = LookAgain(call, request);
  if (!seen.ok() && IsTransient(seen.status())) return seen.status();

  sa::v1::FinishValidationRequest finish;
  finish.set_order_id(authorization.order_id());
  finish.set_position(authorization.position());
  if (seen.ok() && seen->valid()) {
    // VAL-08: the age counts from the oldest datum that was used.
    const absl::StatusOr<absl::Time> oldest = OldestObservation(seen->attempt());
    if (oldest.ok()) {
      finish.set_valid(true);
      finish.set_validated_at(absl::ToUnixSeconds(*oldest));
      finish.set_expires_at(absl::ToUnixSeconds(std::min(
          *oldest + options_.AuthorizationLifetimeAt(clock_.Now()), EndOfProof(seen->attempt()))));
    } else {
      seen = oldest.status();
    }
  }
  if (seen.ok()) {
    *finish.mutable_attempt() = std::move(*seen->mutable_attempt());
    finish.set_corroboration(seen->corroboration());
    if (!seen->valid()) *finish.mutable_problem() = std::move(*seen->mutable_problem());
  } else {
    // A fault of ours that another try would meet again. Better an end that the
    // subscriber sees than a challenge that is being processed for ever.
    *finish.mutable_problem() = CouldNotBeCarriedOut();
  }
  return finish;
}

// Something that can't be reached may be there a moment later: each further look is
// an attempt of its own, of all perspectives (MPIC-11). A wrong answer stands.
absl::StatusOr<va::v1::ValidateResponse> Validate::LookAgain(
    const base::Call& call, const va::v1::ValidateRequest& request) {
  absl::Duration wait = absl::Seconds(1);
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<va::v1::ValidateResponse> seen =
        Retry(call, clock_, pause_, [&] { return validation_.Validate(call, request); });
    if (!seen.ok() || seen->valid() || !IsNetworkFailure(seen->problem()) ||
        attempt == options_.validation_attempts ||
        call.Left(clock_) <= wait + options_.validation_timeout || !pause_.For(wait)) {
      return seen;
    }
    wait *= 2;
  }
}

absl::StatusOr<ValidationOutcome> Validate::Finish(const base::Call& call,
                                                   const sa::v1::FinishValidationRequest& finish) {
  const absl::Status finished = Retry(call, clock_, pause_, [&]() -> absl::Status {
    return orders_.FinishValidation(call, finish).status();
  });
  if (IsSettledElsewhere(finished)) return ValidationOutcome::kElsewhere;
  RETURN_IF_ERROR(finished);
  return finish.valid() ? ValidationOutcome::kValid : ValidationOutcome::kInvalid;
}

void Validate::Report(const base::Call& call, const core::v1::Authorization& authorization,
                      const absl::StatusOr<ValidationOutcome>& outcome) {
  observer_.ValidationEnded(call, authorization.order_id(), authorization.position(),
                            outcome.ok() ? *outcome : ValidationOutcome::kUnfinished,
                            outcome.status());
}

}  // namespace cairn::ra
