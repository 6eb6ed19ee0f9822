// PROF-63, PROF-66: A root's issuer is its subject; its authority key identifier, if it has one, is
// its own; policies and CRL distribution points are better left out.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckSelf(const View& view) {
  return view.issuer_name == view.subject_name ? "" : "issuer and subject differ";
}

std::string CheckKeyId(const View& view) {
  const bool bad = view.authority_key_id.has_value() && view.subject_key_id.has_value() &&
                   view.authority_key_id->key_id != view.subject_key_id;
  return bad ? "it is not the subjectKeyIdentifier" : "";
}

std::string CheckSuperfluous(const View& view) {
  if (view.Find(oid::kPolicies) != nullptr) return "there are certificatePolicies";
  return view.Find(oid::kCrlDistributionPoints) != nullptr ? "there are cRLDistributionPoints" : "";
}

}  // namespace

const Lint kRootNotSelfIssued = {
    .name = "e_root_not_self_issued",
    .requirement = "PROF-63",
    .clause = "BR 7.1.2.1",
    .kinds = KindSet(Kind::kRoot),
    .check = CheckSelf,
};

const Lint kRootAuthorityKeyIdentifierNotOwn = {
    .name = "e_root_authority_key_identifier_not_own",
    .requirement = "PROF-66",
    .clause = "BR 7.1.2.1.3",
    .kinds = KindSet(Kind::kRoot),
    .check = CheckKeyId,
};

const Lint kRootSuperfluousExtension = {
    .name = "w_root_superfluous_extension",
    .requirement = "PROF-66",
    .clause = "BR 7.1.2.1.2, 7.1.2.11.2",
    .severity = Severity::kWarning,
    .kinds = KindSet(Kind::kRoot),
    .web_only = true,
    .check = CheckSuperfluous,
};

}  // namespace cairn::lint
