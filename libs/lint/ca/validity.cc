// PROF-64, PROF-51: A root is valid for 2922 to 9132 days, a subordinate CA better for three years
// at most.
#include <absl/time/time.h>

#include <optional>
#include <string>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckRoot(const View& view) {
  const std::optional<absl::Duration> validity = view.Validity();
  if (!validity.has_value()) return "";
  const int64_t days = *validity / (absl::Hours(24));
  if (days >= 2922 && *validity <= absl::Hours(24) * 9132) return "";
  return base::Cat("it is valid for ", days, " days");
}

std::string CheckSubordinate(const View& view) {
  // Three years with a leap day.
  const std::optional<absl::Duration> validity = view.Validity();
  if (!validity.has_value() || *validity <= absl::Hours(24) * 1096) return "";
  return base::Cat("it is valid for ", absl::ToInt64Hours(*validity) / 24, " days");
}

}  // namespace

const Lint kRootValidityOutOfRange = {
    .name = "e_root_validity_out_of_range",
    .requirement = "PROF-64",
    .clause = "BR 7.1.2.1.1",
    .kinds = KindSet(Kind::kRoot),
    .web_only = true,
    .check = CheckRoot,
};

const Lint kSubCaValidLongerThan3Years = {
    .name = "w_sub_ca_valid_longer_than_3_years",
    .requirement = "PROF-51",
    .clause = "CRP 1.3.1.3",
    .severity = Severity::kWarning,
    .kinds = KindSet(Kind::kSubordinateCa),
    .web_only = true,
    .check = CheckSubordinate,
};

}  // namespace cairn::lint
