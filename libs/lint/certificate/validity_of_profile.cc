// LINT-25: A certificate is not valid longer than its profile says, not by a second.
#include <absl/time/time.h>

#include <optional>
#include <string>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  const std::optional<absl::Duration> validity = view.Validity();
  const absl::Duration allowed = view.subject->profile->validity;
  if (!validity.has_value() || *validity <= allowed) return "";
  return base::Cat(absl::ToInt64Seconds(*validity - allowed), " seconds too long");
}

}  // namespace

const Lint kValidityExceedsProfile = {
    .name = "e_validity_exceeds_profile",
    .requirement = "LINT-25",
    .clause = "CPS; BR 6.3.2",
    .kinds = kLeaf,
    .needs = kNeedsProfile,
    .check = Check,
};

}  // namespace cairn::lint
