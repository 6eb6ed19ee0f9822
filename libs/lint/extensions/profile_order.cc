// LINT-92: The extensions are those of the profile, in its order, each as critical as there, and
// with the value that it has there, if it has one.
#include <string>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  auto at = view.extensions.begin();
  for (const ProfileExtension& expected : view.subject->profile->extensions) {
    const bool here = at != view.extensions.end() && OidText(at->oid) == expected.oid;
    if (here && at->critical != expected.critical) {
      return base::Cat(expected.oid, " is ", at->critical ? "" : "not ", "critical");
    }
    if (here && expected.value.has_value() && at->value != *expected.value) {
      return base::Cat(expected.oid, " has another value");
    }
    if (here) {
      ++at;
    } else if (expected.required) {
      return base::Cat(expected.oid, " is not where it belongs");
    }
  }
  return at == view.extensions.end() ? "" : base::Cat("unexpected: ", OidText(at->oid));
}

}  // namespace

const Lint kExtensionsDifferFromProfile = {
    .name = "e_extensions_differ_from_profile",
    .requirement = "LINT-92",
    .clause = "CPS",
    .kinds = kLeaf,
    .needs = kNeedsProfile,
    .check = Check,
};

}  // namespace cairn::lint
