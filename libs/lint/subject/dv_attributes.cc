// LINT-32, LINT-33, LINT-34: The subject of a domain-validated certificate has a country and a
// common name at most: whatever else it said, nobody has verified it.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckOthers(const View& view) {
  for (const Attribute& attribute : view.subject_attributes) {
    if (attribute.oid != oid::kCountry && attribute.oid != oid::kCommonName) {
      return OidText(attribute.oid);
    }
  }
  return "";
}

template <const std::string_view& kOid>
std::string CheckOne(const View& view) {
  const Attribute* attribute = view.FindInSubject(kOid);
  return attribute == nullptr ? "" : Text(attribute->value);
}

}  // namespace

const Lint kCabDvSubjectInvalidValues = {
    .name = "e_cab_dv_subject_invalid_values",
    .requirement = "LINT-32",
    .clause = "BR 7.1.2.7.2",
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckOthers,
};

const Lint kOrganizationalUnitNameProhibited = {
    .name = "e_organizational_unit_name_prohibited",
    .requirement = "LINT-33",
    .clause = "BR 7.1.2.7.2, 7.1.2.10.2",
    .kinds = kCertificate,
    .web_only = true,
    .check = CheckOne<oid::kOrganizationalUnit>,
};

const Lint kCabDvConflictsWithLocality = {
    .name = "e_cab_dv_conflicts_with_locality",
    .requirement = "LINT-34",
    .clause = "BR 7.1.2.7.2",
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckOne<oid::kLocality>,
};

const Lint kCabDvConflictsWithOrg = {
    .name = "e_cab_dv_conflicts_with_org",
    .requirement = "LINT-34",
    .clause = "BR 7.1.2.7.2",
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckOne<oid::kOrganization>,
};

const Lint kCabDvConflictsWithPostal = {
    .name = "e_cab_dv_conflicts_with_postal",
    .requirement = "LINT-34",
    .clause = "BR 7.1.2.7.2",
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckOne<oid::kPostalCode>,
};

const Lint kCabDvConflictsWithProvince = {
    .name = "e_cab_dv_conflicts_with_province",
    .requirement = "LINT-34",
    .clause = "BR 7.1.2.7.2",
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckOne<oid::kProvince>,
};

const Lint kCabDvConflictsWithStreet = {
    .name = "e_cab_dv_conflicts_with_street",
    .requirement = "LINT-34",
    .clause = "BR 7.1.2.7.2",
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckOne<oid::kStreet>,
};

}  // namespace cairn::lint
