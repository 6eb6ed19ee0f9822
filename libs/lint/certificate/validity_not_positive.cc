// LINT-20: A certificate does not end before it begins.
#include <absl/time/time.h>

#include <optional>
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  const std::optional<absl::Duration> validity = view.Validity();
  // Both ends are inside: one second is the shortest period there is.
  if (!validity.has_value() || *validity > absl::ZeroDuration()) return "";
  return "notAfter is before notBefore";
}

}  // namespace

const Lint kValidityTimeNotPositive = {
    .name = "e_validity_time_not_positive",
    .requirement = "LINT-20",
    .clause = "RFC 5280 4.1.2.5",
    .kinds = kCertificate,
    .check = Check,
};

}  // namespace cairn::lint
