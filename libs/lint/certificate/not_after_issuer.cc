// LINT-27: A certificate does not outlive the one that signs it.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  if (!view.not_after.time.has_value() || !view.issuer->not_after.time.has_value()) return "";
  if (*view.not_after.time <= *view.issuer->not_after.time) return "";
  return "notAfter is after the issuer's";
}

}  // namespace

const Lint kNotAfterExceedsIssuer = {
    .name = "e_not_after_exceeds_issuer",
    .requirement = "LINT-27",
    .clause = "practice",
    .kinds = kCertificate,
    .needs = kNeedsIssuer,
    .check = Check,
};

}  // namespace cairn::lint
