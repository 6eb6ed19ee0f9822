#include "services/publisher/core/submit.h"

#include <string>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"

namespace cairn::publisher {
namespace {

// A log that sees an entry again may give the SCT of the first time (RFC 6962
// section 3.1). No order is worked on for longer.
constexpr absl::Duration kMaxSctAge = absl::Hours(24);

bool WasCancelled(const absl::Status& status, const http::Cancellation* cancellation) {
  return !status.ok() && errors::ReasonOf(status) == errors::Reason::kUnavailable &&
         cancellation != nullptr && cancellation->cancelled();
}

std::string OutcomeOf(const absl::Status& status, const http::Cancellation* cancellation) {
  if (status.ok()) return "ok";
  if (WasCancelled(status, cancellation)) return "cancelled";
  switch (errors::ReasonOf(status)) {
    case errors::Reason::kUnavailable:
      return "unavailable";
    case errors::Reason::kRejectedIdentifier:
      return "refused";
    default:
      return "wrong";
  }
}

}  // namespace

absl::StatusOr<ct::SignedCertificateTimestamp> Submit::Ask(
    const base::Call& call, const ct::Log& log, const Chain& chain, const ct::Entry& entry,
    const http::Cancellation* cancellation) const {
  ASSIGN_OR_RETURN(ct::SignedCertificateTimestamp sct,
                   environment_.client.Submit(call, log, entry.type, chain, cancellation));
  RETURN_IF_ERROR(ct::VerifySct(sct, log.key, entry));
  RETURN_IF_ERROR(ct::CheckSctTime(sct, environment_.clock.Now(), kMaxSctAge));
  // Inclusion in a static-ct log is found by this index alone.
  const auto index = sct.LeafIndex();
  if (!index.ok() || (log.kind == ct::LogKind::kStatic && !index->has_value())) {
    return errors::Make(errors::Reason::kIncorrectResponse, "the SCT has no right leaf index");
  }
  return sct;
}

absl::StatusOr<ct::SignedCertificateTimestamp> Submit::Run(const base::Call& call,
                                                           const ct::Log& log, const Chain& chain,
                                                           const ct::Entry& entry,
                                                           const http::Cancellation* cancellation) {
  const absl::Time began = environment_.clock.Now();
  auto sct = Ask(call, log, chain, entry, cancellation);
  const absl::Duration took = environment_.clock.Now() - began;
  Observe(log.description, OutcomeOf(sct.status(), cancellation), took);
  if (!WasCancelled(sct.status(), cancellation)) Remember(log, sct.status(), took);
  return sct;
}

void Submit::Remember(const ct::Log& log, const absl::Status& status, absl::Duration took) {
  if (status.ok() && took <= slow_) return environment_.health.Succeeded(log.id, took);
  environment_.health.Failed(log.id, errors::RetryAfterOf(status));
  if (status.ok()) return;
  environment_.log.Warn("ct_submission_failed",
                        {{"log", log.description},
                         {"reason", std::string(errors::MappingOf(errors::ReasonOf(status)).name)},
                         {"detail", status}});
}

void Submit::Observe(const std::string& log, const std::string& outcome, absl::Duration took) {
  std::lock_guard lock(mutex_);
  metrics::Histogram& histogram = histograms_[{log, outcome}];
  if (!histogram) {
    // The names are those of a signed list, so there are few.
    histogram = environment_.metrics.Histogram("cairn_publisher_submission_seconds",
                                               "Time of one submission to a log, by its outcome.",
                                               {{"log", log}, {"outcome", outcome}});
  }
  histogram.Observe(took);
}

}  // namespace cairn::publisher
