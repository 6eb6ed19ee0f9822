// LINT-49: A certificate has no more names than its profile allows.
#include <string>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  const size_t count = view.dns_names.size() + view.ips.size();
  return count <= view.subject->profile->max_names ? "" : base::Cat(count, " names");
}

}  // namespace

const Lint kSanCountAboveProfile = {
    .name = "e_san_count_above_profile",
    .requirement = "LINT-49",
    .clause = "CPS",
    .kinds = kLeaf,
    .needs = kNeedsProfile,
    .check = Check,
};

}  // namespace cairn::lint
