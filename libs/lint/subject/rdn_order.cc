// LINT-35, LINT-36, LINT-37: The attributes of a subject come in the order of the Baseline
// Requirements, each in a relative name of its own, and but for domain components and streets once.
#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

constexpr std::string_view kOrder[] = {
    oid::kDomainComponent,    oid::kCountry,    oid::kProvince,
    oid::kLocality,           oid::kPostalCode, oid::kStreet,
    oid::kOrganization,       oid::kSurname,    oid::kGivenName,
    oid::kOrganizationalUnit, oid::kCommonName,
};

std::string CheckOrder(const View& view) {
  size_t last = 0;
  for (const Attribute& attribute : view.subject_attributes) {
    // The clause gives no order for others.
    const auto* const at = std::find(std::begin(kOrder), std::end(kOrder), attribute.oid);
    if (at == std::end(kOrder)) continue;
    const auto place = static_cast<size_t>(at - std::begin(kOrder));
    if (place < last) return base::Cat(OidText(attribute.oid), " is out of order");
    last = place;
  }
  return "";
}

std::string CheckAlone(const View& view) {
  for (size_t i = 1; i < view.subject_attributes.size(); ++i) {
    if (view.subject_attributes[i].rdn == view.subject_attributes[i - 1].rdn) {
      return "a relative name has several attributes";
    }
  }
  return "";
}

std::string CheckDuplicates(const View& view) {
  for (const Attribute& attribute : view.subject_attributes) {
    const bool may_repeat = attribute.oid == oid::kDomainComponent || attribute.oid == oid::kStreet;
    if (!may_repeat && view.CountInSubject(attribute.oid) > 1) return OidText(attribute.oid);
  }
  return "";
}

}  // namespace

const Lint kInvalidSubjectRdnOrder = {
    .name = "e_invalid_subject_rdn_order",
    .requirement = "LINT-35",
    .clause = "BR 7.1.4.2",
    .kinds = kCertificate,
    .web_only = true,
    .check = CheckOrder,
};

const Lint kMultipleSubjectRdn = {
    .name = "n_multiple_subject_rdn",
    .requirement = "LINT-36",
    .clause = "BR 7.1.4.1",
    .severity = Severity::kNotice,
    .kinds = kCertificate,
    .check = CheckAlone,
};

const Lint kDuplicateSubjectAttribs = {
    .name = "e_duplicate_subject_attribs",
    .requirement = "LINT-37",
    .clause = "BR 7.1.4.1",
    .kinds = kCertificate,
    .check = CheckDuplicates,
};

}  // namespace cairn::lint
