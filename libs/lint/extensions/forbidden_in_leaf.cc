// LINT-91: Name constraints, policy constraints and subject information access are a CA's.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

template <const std::string_view& kOid>
std::string Check(const View& view) {
  return view.Find(kOid) != nullptr ? "it is there" : "";
}

}  // namespace

const Lint kExtNameConstraintsNotInCa = {
    .name = "e_ext_name_constraints_not_in_ca",
    .requirement = "LINT-91",
    .clause = "BR 7.1.2.7.6; RFC 5280 4.2.1.10",
    .kinds = kLeaf | kOcspSigner,
    .check = Check<oid::kNameConstraints>,
};

const Lint kExtPolicyConstraintsNotInCa = {
    .name = "e_ext_policy_constraints_not_in_ca",
    .requirement = "LINT-91",
    .clause = "BR 7.1.2.7.6; RFC 5280 4.2.1.11",
    .kinds = kLeaf | kOcspSigner,
    .check = Check<oid::kPolicyConstraints>,
};

const Lint kExtSubjectInfoAccessInLeaf = {
    .name = "e_ext_subject_info_access_in_leaf",
    .requirement = "LINT-91",
    .clause = "BR 7.1.2.7.6; RFC 5280 4.2.2.2",
    .kinds = kLeaf | kOcspSigner,
    .check = Check<oid::kSubjectInfoAccess>,
};

}  // namespace cairn::lint
