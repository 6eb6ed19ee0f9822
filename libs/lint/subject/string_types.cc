// LINT-38: Attributes have the string types of the Baseline Requirements: a country is a
// PrintableString, a domain component an IA5String, the others are UTF-8 or printable.
#include <string>

#include "libs/der/tags.h"
#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

bool HasRightType(const Attribute& attribute) {
  if (attribute.oid == oid::kCountry) return attribute.tag == der::kPrintableString;
  if (attribute.oid == oid::kDomainComponent) return attribute.tag == der::kIa5String;
  return attribute.tag == der::kUtf8String || attribute.tag == der::kPrintableString;
}

std::string Check(const View& view) {
  for (const Attribute& attribute : view.subject_attributes) {
    if (!HasRightType(attribute)) return OidText(attribute.oid);
  }
  return "";
}

}  // namespace

const Lint kSubjectRdnsCorrectEncoding = {
    .name = "e_subject_rdns_correct_encoding",
    .requirement = "LINT-38",
    .clause = "BR 7.1.4.2",
    .kinds = kCertificate,
    .check = Check,
};

}  // namespace cairn::lint
