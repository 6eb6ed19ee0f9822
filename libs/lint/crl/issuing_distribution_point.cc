// LINT-95: The issuing distribution point is critical, restricts the CRL neither to reasons
// nor to attribute certificates nor twice, makes no indirect CRL, and has the very URL
// that the certificates point to.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckCritical(const View& view) {
  const Extension* point = view.Find(oid::kIssuingDistributionPoint);
  return point != nullptr && !point->critical ? "it is not critical" : "";
}

std::string CheckScope(const View& view) {
  if (!view.issuing_distribution_point.has_value()) return "";
  const IssuingDistributionPoint& point = *view.issuing_distribution_point;
  if (point.only_user_certificates && point.only_ca_certificates) {
    return "it is for user certificates alone and for CA certificates alone";
  }
  if (point.is_indirect) return "it makes an indirect CRL";
  if (point.only_some_reasons) return "it is for some reasons only";
  return point.only_attribute_certificates ? "it is for attribute certificates" : "";
}

std::string CheckUrl(const View& view) {
  if (!view.issuing_distribution_point.has_value()) return "there is no distribution point";
  for (const GeneralName& name : view.issuing_distribution_point->point.names) {
    if (name.content == *view.subject->crl_url) return "";
  }
  return "the URL is not that of the certificates";
}

}  // namespace

const Lint kCrlIdpNotCritical = {
    .name = "e_crl_idp_not_critical",
    .requirement = "LINT-95",
    .clause = "BR 7.2.2.1; RFC 5280 5.2.5",
    .kinds = kAnyCrl,
    .check = CheckCritical,
};

const Lint kCrlIdpScope = {
    .name = "e_crl_idp_scope",
    .requirement = "LINT-95",
    .clause = "BR 7.2.2.1",
    .kinds = kAnyCrl,
    .check = CheckScope,
};

const Lint kCrlIdpUrlNotOfCertificates = {
    .name = "e_crl_idp_url_not_of_certificates",
    .requirement = "LINT-95",
    .clause = "BR 7.2.2.1; MRSP 6.1.2",
    .kinds = kAnyCrl,
    .needs = kNeedsCrlUrl,
    .check = CheckUrl,
};

}  // namespace cairn::lint
