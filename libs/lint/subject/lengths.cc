// LINT-39, PROF-47: How long attributes may be, in characters.
#include <algorithm>
#include <string>
#include <string_view>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

struct Bound {
  std::string_view oid;
  size_t characters;
};
constexpr Bound kOthers[] = {
    {oid::kCountry, 2},          {oid::kProvince, 128}, {oid::kLocality, 128},
    {oid::kPostalCode, 40},      {oid::kStreet, 128},   {oid::kOrganization, 64},
    {oid::kSurname, 64},         {oid::kGivenName, 64}, {oid::kOrganizationalUnit, 64},
    {oid::kDomainComponent, 63},
};

// Of UTF-8: every octet but the continuations begins one.
size_t Characters(std::string_view utf8) {
  return static_cast<size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string CheckBound(const View& view, const Bound& bound) {
  for (const Attribute& attribute : view.subject_attributes) {
    if (attribute.oid == bound.oid && Characters(attribute.value) > bound.characters) {
      return base::Cat(OidText(attribute.oid), " has ", Characters(attribute.value), " characters");
    }
  }
  return "";
}

std::string CheckCommonName(const View& view) { return CheckBound(view, {oid::kCommonName, 64}); }

std::string CheckOthers(const View& view) {
  for (const Bound& bound : kOthers) {
    if (std::string problem = CheckBound(view, bound); !problem.empty()) return problem;
  }
  return "";
}

}  // namespace

const Lint kSubjectCommonNameMaxLength = {
    .name = "e_subject_common_name_max_length",
    .requirement = "LINT-39",
    .clause = "BR 7.1.4.2; RFC 5280 A.1",
    .kinds = kCertificate,
    .check = CheckCommonName,
};

const Lint kSubjectAttributeMaxLength = {
    .name = "e_subject_attribute_max_length",
    .requirement = "PROF-47",
    .clause = "BR 7.1.4.2; RFC 5280 A.1",
    .kinds = kCertificate,
    .check = CheckOthers,
};

}  // namespace cairn::lint
