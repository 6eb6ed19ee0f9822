// PROF-53, PROF-65: A CA's basicConstraints are critical and say that it is a CA; a root sets no
// path length, and a subordinate CA that signs leaves sets zero.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckCa(const View& view) {
  const bool is_ca = view.basic_constraints.has_value() && view.basic_constraints->is_ca;
  return is_ca ? "" : "cA is not TRUE";
}

std::string CheckCritical(const View& view) {
  const Extension* constraints = view.Find(oid::kBasicConstraints);
  return constraints != nullptr && !constraints->critical ? "it is not critical" : "";
}

std::string CheckPath(const View& view) {
  const auto& constraints = view.basic_constraints;
  return constraints.has_value() && constraints->path_length.has_value() ? "there is one" : "";
}

std::string CheckZero(const View& view) {
  const auto& constraints = view.basic_constraints;
  return constraints.has_value() && constraints->path_length != 0 ? "it is not zero" : "";
}

}  // namespace

const Lint kCaIsCa = {
    .name = "e_ca_is_ca",
    .requirement = "PROF-53",
    .clause = "BR 7.1.2.10.4, 7.1.2.1.4; RFC 5280 4.2.1.9",
    .kinds = kAnyCa,
    .check = CheckCa,
};

const Lint kCaBasicConstraintsNotCritical = {
    .name = "e_ca_basic_constraints_not_critical",
    .requirement = "PROF-53",
    .clause = "BR 7.1.2.10.4, 7.1.2.1.4; RFC 5280 4.2.1.9",
    .kinds = kAnyCa,
    .check = CheckCritical,
};

const Lint kRootPathLengthPresent = {
    .name = "w_root_path_length_present",
    .requirement = "PROF-65",
    .clause = "BR 7.1.2.1.4",
    .severity = Severity::kWarning,
    .kinds = KindSet(Kind::kRoot),
    .web_only = true,
    .check = CheckPath,
};

const Lint kSubCaPathLengthNotZero = {
    .name = "n_sub_ca_path_length_not_zero",
    .requirement = "PROF-53",
    .clause = "practice",
    .severity = Severity::kNotice,
    .kinds = KindSet(Kind::kSubordinateCa),
    .check = CheckZero,
};

}  // namespace cairn::lint
