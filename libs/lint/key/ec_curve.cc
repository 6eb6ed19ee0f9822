// LINT-69: EC keys are on P-256, P-384 or P-521, named.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  if (!view.key.is_ec()) return "";
  const std::string_view curve = CurveOf(view.key);
  const bool allowed = curve == oid::kP256 || curve == oid::kP384 || curve == oid::kP521;
  return allowed ? "" : "the curve is not P-256, P-384 or P-521";
}

}  // namespace

const Lint kEcImproperCurves = {
    .name = "e_ec_improper_curves",
    .requirement = "LINT-69",
    .clause = "BR 6.1.5",
    .kinds = kCertificate,
    .check = Check,
};

}  // namespace cairn::lint
