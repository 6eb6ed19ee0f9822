// LINT-93: A CRL says when the next one comes: within 10 days for subscribers' certificates,
// within 12 months for CAs'.
#include <absl/time/time.h>

#include <string>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  if (!view.next_update.has_value()) return "there is no nextUpdate";
  if (!view.next_update->time.has_value() || !view.this_update.time.has_value()) return "";
  const absl::Duration interval = *view.next_update->time - *view.this_update.time;
  if (interval <= absl::ZeroDuration()) return "nextUpdate is not after thisUpdate";
  // Twelve months with a leap day.
  const absl::Duration most = absl::Hours(24) * (view.kind == Kind::kCaCrl ? 366 : 10);
  if (!view.IsWeb() || interval <= most) return "";
  return base::Cat("it is ", absl::ToInt64Seconds(interval), " seconds after thisUpdate");
}

std::string CheckFuture(const View& view) {
  const bool future =
      view.this_update.time.has_value() && *view.this_update.time > view.subject->now;
  return future ? "thisUpdate is in the future" : "";
}

}  // namespace

const Lint kCrlNextUpdateInvalid = {
    .name = "e_crl_next_update_invalid",
    .requirement = "LINT-93",
    .clause = "BR 7.2; RFC 5280 5.1.2.5",
    .kinds = kAnyCrl,
    .check = Check,
};

const Lint kCrlThisUpdateInFuture = {
    .name = "e_crl_this_update_in_future",
    .requirement = "LINT-93",
    .clause = "RFC 5280 5.1.2.4",
    .kinds = kAnyCrl,
    .check = CheckFuture,
};

}  // namespace cairn::lint
