// LINT-73, PROF-53: A server's certificate needs no subject key identifier; one of a CA does, not
// critical.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckLeaf(const View& view) {
  return view.Find(oid::kSubjectKeyId) != nullptr ? "there is one" : "";
}

std::string CheckCa(const View& view) {
  return view.Find(oid::kSubjectKeyId) == nullptr ? "there is none" : "";
}

std::string CheckCritical(const View& view) {
  return IsCritical(view, oid::kSubjectKeyId) ? "it is critical" : "";
}

}  // namespace

const Lint kExtSubjectKeyIdentifierNotRecommendedSubscriber = {
    .name = "w_ext_subject_key_identifier_not_recommended_subscriber",
    .requirement = "LINT-73",
    .clause = "BR 7.1.2.7.6",
    .severity = Severity::kWarning,
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckLeaf,
};

const Lint kExtSubjectKeyIdentifierMissingCa = {
    .name = "e_ext_subject_key_identifier_missing_ca",
    .requirement = "PROF-53",
    .clause = "BR 7.1.2.1.2, 7.1.2.6.1; RFC 5280 4.2.1.2",
    .kinds = kAnyCa,
    .check = CheckCa,
};

const Lint kExtSubjectKeyIdentifierCritical = {
    .name = "e_ext_subject_key_identifier_critical",
    .requirement = "PROF-53",
    .clause = "BR 7.1.2.11.4; RFC 5280 4.2.1.2",
    .kinds = kCertificate,
    .check = CheckCritical,
};

}  // namespace cairn::lint
