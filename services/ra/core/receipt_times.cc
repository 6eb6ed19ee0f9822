#include "services/ra/core/receipt_times.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "libs/evidence/receipt.h"
#include "libs/policy/validation_methods.h"

namespace cairn::ra {

using evidence::v1::Attempt;
using evidence::v1::Receipt;
using evidence::v1::SignedReceipt;

absl::StatusOr<absl::Time> OldestObservation(const Attempt& attempt) {
  if (attempt.receipts().empty()) {
    return errors::Make(errors::Reason::kInternal, "an attempt without receipts");
  }
  absl::Time oldest = absl::InfiniteFuture();
  for (const SignedReceipt& signed_receipt : attempt.receipts()) {
    ASSIGN_OR_RETURN(const Receipt receipt, evidence::PeekReceipt(signed_receipt));
    oldest = std::min(oldest, absl::FromUnixSeconds(receipt.observed_at()));
  }
  return oldest;
}

absl::Time EndOfProof(const Attempt& attempt) {
  absl::Time end = absl::InfiniteFuture();
  for (const SignedReceipt& signed_receipt : attempt.receipts()) {
    const absl::StatusOr<Receipt> receipt = evidence::PeekReceipt(signed_receipt);
    if (!receipt.ok() || !receipt->control().corroborated()) continue;
    const policy::ValidationMethod* method =
        policy::FindValidationMethod(receipt->control().method());
    if (method == nullptr) continue;
    const absl::Duration ttl = absl::Seconds(receipt->control().lookup().ttl_seconds());
    end = std::min(
        end, absl::FromUnixSeconds(receipt->observed_at()) + policy::MaxAgeOfProof(*method, ttl));
  }
  return end;
}

std::optional<absl::Time> CaaObservation(const Attempt& attempt,
                                         const core::v1::Authorization& authorization) {
  std::optional<absl::Time> oldest;
  for (const SignedReceipt& signed_receipt : attempt.receipts()) {
    const absl::StatusOr<Receipt> receipt = evidence::PeekReceipt(signed_receipt);
    if (!receipt.ok() || receipt->wildcard() != authorization.wildcard() ||
        receipt->identifier().type() != authorization.identifier().type() ||
        receipt->identifier().value() != authorization.identifier().value()) {
      return std::nullopt;
    }
    if (!receipt->has_caa()) continue;
    const absl::Time at = absl::FromUnixSeconds(receipt->observed_at());
    oldest = oldest.has_value() ? std::min(*oldest, at) : at;
  }
  return oldest;
}

}  // namespace cairn::ra
