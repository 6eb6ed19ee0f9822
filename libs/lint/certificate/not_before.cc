// LINT-26, PROF-50: notBefore is within 48 hours of the signature; in CA certificates and those of
// OCSP signers it is at most a day before, and not after.
#include <absl/time/time.h>

#include <string>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckLeaf(const View& view) {
  if (!view.not_before.time.has_value()) return "";
  const absl::Duration backdated = view.subject->now - *view.not_before.time;
  if (backdated <= absl::Hours(48) && backdated >= -absl::Hours(48)) return "";
  return base::Cat(absl::ToInt64Hours(backdated), " hours before the signature");
}

std::string CheckCa(const View& view) {
  if (!view.not_before.time.has_value()) return "";
  const absl::Duration backdated = view.subject->now - *view.not_before.time;
  if (backdated <= absl::Hours(24) && backdated >= absl::ZeroDuration()) return "";
  return base::Cat(absl::ToInt64Seconds(backdated), " seconds before the signature");
}

}  // namespace

const Lint kNotBeforeBackdated = {
    .name = "e_not_before_backdated",
    .requirement = "LINT-26",
    .clause = "BR 7.1.2.7",
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckLeaf,
};

const Lint kCaNotBeforeBackdated = {
    .name = "e_ca_not_before_backdated",
    .requirement = "PROF-50",
    .clause = "BR 7.1.2.1.1, 7.1.2.8.1, 7.1.2.10.1",
    .kinds = KindSet(Kind::kRoot, Kind::kSubordinateCa, Kind::kOcspSigner),
    .web_only = true,
    .check = CheckCa,
};

}  // namespace cairn::lint
