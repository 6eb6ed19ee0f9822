// OCSP-15, OCSP-03, OCSP-16: An OCSP response says until when it holds: for 8 hours to 10 days, not
// beyond the life of its signer; all times are GeneralizedTime in Zulu, without fractions, and the
// answer is not older than its signature nor from the future.
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "libs/base/strings.h"
#include "libs/der/tags.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::vector<TimeField> TimesOfResponse(const View& view) {
  std::vector<TimeField> out;
  if (!view.ocsp.responses.empty()) out.push_back(view.ocsp.produced_at);
  for (const SingleResponse& response : view.ocsp.responses) {
    out.push_back(response.this_update);
    if (response.next_update.has_value()) out.push_back(*response.next_update);
  }
  return out;
}

std::string CheckPresent(const View& view) {
  for (const SingleResponse& response : view.ocsp.responses) {
    if (!response.next_update.has_value()) return "there is no nextUpdate";
  }
  return "";
}

std::string CheckInterval(const View& view) {
  for (const SingleResponse& response : view.ocsp.responses) {
    if (!response.next_update.has_value() || !response.next_update->time.has_value() ||
        !response.this_update.time.has_value()) {
      continue;
    }
    // Both ends are inside (BR 4.9.9).
    const absl::Duration interval =
        *response.next_update->time - *response.this_update.time + absl::Seconds(1);
    if (interval < absl::Hours(8) || interval > absl::Hours(24) * 10) {
      return base::Cat("it holds for ", absl::ToInt64Seconds(interval), " seconds");
    }
  }
  return "";
}

std::string CheckSigner(const View& view) {
  const std::optional<absl::Time> end = view.issuer->not_after.time;
  for (const SingleResponse& response : view.ocsp.responses) {
    if (end.has_value() && response.next_update.has_value() && response.next_update->time > end) {
      return "nextUpdate is after the signer's notAfter";
    }
  }
  return "";
}

std::string CheckForm(const View& view) {
  for (const TimeField& time : TimesOfResponse(view)) {
    if (time.tag != der::kGeneralizedTime || !time.time.has_value()) return Text(time.content);
  }
  return "";
}

std::string CheckOrder(const View& view) {
  const std::optional<absl::Time> produced = view.ocsp.produced_at.time;
  for (const SingleResponse& response : view.ocsp.responses) {
    const std::optional<absl::Time> from = response.this_update.time;
    if (!produced.has_value() || !from.has_value()) continue;
    if (*from > *produced) return "thisUpdate is after producedAt";
    if (*produced > view.subject->now) return "producedAt is in the future";
  }
  return "";
}

}  // namespace

const Lint kOcspNextUpdateMissing = {
    .name = "e_ocsp_next_update_missing",
    .requirement = "OCSP-15",
    .clause = "RFC 5019 2.2.4",
    .kinds = kResponse,
    .check = CheckPresent,
};

const Lint kOcspValidityInterval = {
    .name = "e_ocsp_validity_interval",
    .requirement = "OCSP-03",
    .clause = "BR 4.9.9; MRSP 6",
    .kinds = kResponse,
    .web_only = true,
    .check = CheckInterval,
};

const Lint kOcspNextUpdateAfterSigner = {
    .name = "e_ocsp_next_update_after_signer",
    .requirement = "OCSP-15",
    .clause = "MRSP 6",
    .kinds = kResponse,
    .needs = kNeedsIssuer,
    .check = CheckSigner,
};

const Lint kOcspTimeForm = {
    .name = "e_ocsp_time_form",
    .requirement = "OCSP-16",
    .clause = "RFC 5019 2.2.4; RFC 6960 4.2.2.1",
    .kinds = kResponse,
    .check = CheckForm,
};

const Lint kOcspTimeOrder = {
    .name = "e_ocsp_time_order",
    .requirement = "OCSP-16",
    .clause = "RFC 6960 4.2.2.1",
    .kinds = kResponse,
    .check = CheckOrder,
};

}  // namespace cairn::lint
