// LINT-46: The alternative names are critical if, and only if, the subject is empty.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckWithout(const View& view) {
  const Extension* names = view.Find(oid::kSubjectAltName);
  const bool bad = names != nullptr && !names->critical && view.subject_attributes.empty();
  return bad ? "the subject is empty" : "";
}

std::string CheckWith(const View& view) {
  const Extension* names = view.Find(oid::kSubjectAltName);
  const bool bad = names != nullptr && names->critical && !view.subject_attributes.empty();
  return bad ? "the subject is not empty" : "";
}

}  // namespace

const Lint kExtSanNotCriticalWithoutSubject = {
    .name = "e_ext_san_not_critical_without_subject",
    .requirement = "LINT-46",
    .clause = "BR 7.1.2.7.12; RFC 5280 4.2.1.6",
    .kinds = kLeaf,
    .check = CheckWithout,
};

const Lint kExtSanCriticalWithSubjectDn = {
    .name = "w_ext_san_critical_with_subject_dn",
    .requirement = "LINT-46",
    .clause = "BR 7.1.2.7.12; RFC 5280 4.2.1.6",
    .severity = Severity::kWarning,
    .kinds = kLeaf,
    .check = CheckWith,
};

}  // namespace cairn::lint
