// LINT-84, LINT-85, PROF-55: CRL distribution points: one, of one full name, an http URL, without
// reasons and CRL issuer; not critical. Only a short-lived certificate, of 7 days at most since
// 2026-03-15 and of 10 before, or one with an OCSP URL, may do without.
#include <absl/time/time.h>

#include <string>

#include "libs/base/strings.h"
#include "libs/der/tags.h"
#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

constexpr int kUri = der::Context(6);

// The validity of a certificate that points to neither CRL nor OCSP; else zero.
absl::Duration ValidityWithoutPointer(const View& view) {
  if (view.Find(oid::kCrlDistributionPoints) != nullptr) return absl::ZeroDuration();
  if (view.authority_info_access.has_value()) {
    for (const AccessDescription& access : *view.authority_info_access) {
      if (access.method == oid::kOcsp) return absl::ZeroDuration();
    }
  }
  return view.Validity().value_or(absl::ZeroDuration());
}

std::string CheckPresent(const View& view) {
  const bool is_long = ValidityWithoutPointer(view) > absl::Hours(24) * 10;
  return is_long ? "no CRL and no OCSP, and the certificate is not short-lived" : "";
}

// The seconds are in the clause (BR 1.6.1): 604,800.
std::string CheckShortLived(const View& view) {
  const absl::Duration validity = ValidityWithoutPointer(view);
  const bool in_between = validity > absl::Seconds(604800) && validity <= absl::Hours(24) * 10;
  return in_between ? "no CRL and no OCSP, and valid for more than 7 days" : "";
}

std::string CheckCa(const View& view) {
  return view.Find(oid::kCrlDistributionPoints) == nullptr ? "there is none" : "";
}

std::string CheckHttp(const View& view) {
  if (!view.crl_distribution_points.has_value()) return "";
  for (const DistributionPoint& point : *view.crl_distribution_points) {
    for (const GeneralName& name : point.names) {
      if (name.tag != kUri || !IsHttpUrl(name.content)) return Text(name.content);
    }
  }
  return "";
}

std::string CheckCrlIssuer(const View& view) {
  if (!view.crl_distribution_points.has_value()) return "";
  for (const DistributionPoint& point : *view.crl_distribution_points) {
    if (point.has_crl_issuer) return "there is a cRLIssuer";
  }
  return "";
}

std::string CheckFullName(const View& view) {
  if (!view.crl_distribution_points.has_value()) return "";
  for (const DistributionPoint& point : *view.crl_distribution_points) {
    if (!point.has_full_name || point.names.empty()) return "there is no fullName";
    if (point.has_reasons) return "there are reasons";
  }
  return "";
}

std::string CheckOne(const View& view) {
  if (!view.crl_distribution_points.has_value()) return "";
  const size_t count = view.crl_distribution_points->size();
  return count == 1 ? "" : base::Cat("there are ", count);
}

std::string CheckCritical(const View& view) {
  return IsCritical(view, oid::kCrlDistributionPoints) ? "it is critical" : "";
}

}  // namespace

const Lint kMissingCrlDistribPoint = {
    .name = "e_missing_crl_distrib_point",
    .requirement = "LINT-84",
    .clause = "BR 7.1.2.11.2",
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckPresent,
};

const Lint kCrlDistribPointsNotHttp = {
    .name = "e_crl_distrib_points_not_http",
    .requirement = "LINT-84",
    .clause = "BR 7.1.2.11.2",
    .kinds = kLeaf | kSubordinate,
    .web_only = true,
    .check = CheckHttp,
};

const Lint kCrlissuerMustNotBePresentInCdp = {
    .name = "e_crlissuer_must_not_be_present_in_cdp",
    .requirement = "LINT-84",
    .clause = "BR 7.1.2.11.2",
    .kinds = kLeaf | kSubordinate,
    .check = CheckCrlIssuer,
};

const Lint kCrlDistribPointsNotFullName = {
    .name = "e_crl_distrib_points_not_full_name",
    .requirement = "LINT-84",
    .clause = "BR 7.1.2.11.2",
    .kinds = kLeaf | kSubordinate,
    .web_only = true,
    .check = CheckFullName,
};

const Lint kCrlDistribPointsNotExactlyOne = {
    .name = "e_crl_distrib_points_not_exactly_one",
    .requirement = "LINT-84",
    .clause = "BR 7.1.2.11.2",
    .kinds = kLeaf | kSubordinate,
    .web_only = true,
    .check = CheckOne,
};

const Lint kCrlDistribPointsCritical = {
    .name = "e_crl_distrib_points_critical",
    .requirement = "LINT-84",
    .clause = "BR 7.1.2.11.2",
    .kinds = kLeaf | kSubordinate,
    .web_only = true,
    .check = CheckCritical,
};

const Lint kShortLivedLongerThan7Days = {
    .name = "e_short_lived_longer_than_7_days",
    .requirement = "LINT-85",
    .clause = "BR 1.6.1 \"Short-lived Subscriber Certificate\"",
    .kinds = kLeaf,
    .web_only = true,
    .since = Day(2026, 3, 15),
    .check = CheckShortLived,
};

const Lint kSubCaCrlDistribPointsMissing = {
    .name = "e_sub_ca_crl_distrib_points_missing",
    .requirement = "PROF-55",
    .clause = "BR 7.1.2.6.1, 7.1.2.11.2",
    .kinds = kSubordinate,
    .web_only = true,
    .check = CheckCa,
};

}  // namespace cairn::lint
