// LINT-82, LINT-83: Authority information access points, by http URLs that differ, to the issuer's
// certificate and to OCSP, and to nothing else. It is not critical; since 2026-10-04
// (ballot SC104) a certificate without it is only warned of.
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "libs/der/tags.h"
#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

constexpr int kUri = der::Context(6);

std::string CheckHttp(const View& view) {
  if (!view.authority_info_access.has_value()) return "";
  for (const AccessDescription& access : *view.authority_info_access) {
    if (access.location.tag != kUri || !IsHttpUrl(access.location.content)) {
      return Text(access.location.content);
    }
  }
  return "";
}

std::string CheckMethods(const View& view) {
  if (!view.authority_info_access.has_value()) return "";
  for (const AccessDescription& access : *view.authority_info_access) {
    if (access.method != oid::kCaIssuers && access.method != oid::kOcsp) {
      return OidText(access.method);
    }
  }
  return view.authority_info_access->empty() ? "it is empty" : "";
}

std::string CheckUnique(const View& view) {
  if (!view.authority_info_access.has_value()) return "";
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const AccessDescription& access : *view.authority_info_access) {
    if (!seen.emplace(access.method, access.location.content).second) {
      return Text(access.location.content);
    }
  }
  return "";
}

std::string CheckCritical(const View& view) {
  return IsCritical(view, oid::kAuthorityInfoAccess) ? "it is critical" : "";
}

std::string CheckPresent(const View& view) {
  return view.Find(oid::kAuthorityInfoAccess) == nullptr ? "there is none" : "";
}

}  // namespace

const Lint kAiaCaIssuersMustHaveHttpOnly = {
    .name = "e_aia_ca_issuers_must_have_http_only",
    .requirement = "LINT-82",
    .clause = "BR 7.1.2.7.7, 7.1.2.10.3",
    .kinds = kLeaf | kSubordinate,
    .web_only = true,
    .check = CheckHttp,
};

const Lint kAiaMustContainPermittedAccessMethod = {
    .name = "e_aia_must_contain_permitted_access_method",
    .requirement = "LINT-82",
    .clause = "BR 7.1.2.7.7, 7.1.2.10.3",
    .kinds = kLeaf | kSubordinate,
    .web_only = true,
    .check = CheckMethods,
};

const Lint kAiaUniqueAccessLocations = {
    .name = "e_aia_unique_access_locations",
    .requirement = "LINT-82",
    .clause = "BR 7.1.2.7.7",
    .kinds = kLeaf | kSubordinate,
    .check = CheckUnique,
};

const Lint kAiaCritical = {
    .name = "e_aia_critical",
    .requirement = "LINT-82",
    .clause = "BR 7.1.2.7.6; RFC 5280 4.2.2.1",
    .kinds = kCertificate,
    .check = CheckCritical,
};

const Lint kSubCertAiaMissing = {
    .name = "e_sub_cert_aia_missing",
    .requirement = "LINT-83",
    .clause = "BR 7.1.2.7.6 before ballot SC104",
    .kinds = kLeaf,
    .web_only = true,
    .until = Day(2026, 10, 4),
    .check = CheckPresent,
};

const Lint kSubCertAiaMissingWarning = {
    .name = "w_sub_cert_aia_missing",
    .requirement = "LINT-83",
    .clause = "BR 7.1.2.7.6",
    .severity = Severity::kWarning,
    .kinds = kLeaf,
    .web_only = true,
    .since = Day(2026, 10, 4),
    .check = CheckPresent,
};

}  // namespace cairn::lint
