// LINT-81, PROF-54: A server's certificate names one reserved policy, and not anyPolicy; qualifiers
// are pointers to a CPS, if anything; the extension is not critical.
#include <algorithm>
#include <string>
#include <string_view>

#include "libs/base/strings.h"
#include "libs/der/tags.h"
#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

bool IsReserved(std::string_view policy) {
  return policy == oid::kDomainValidated || policy == oid::kOrganizationValidated ||
         policy == oid::kIndividualValidated || policy == oid::kExtendedValidation;
}

size_t Count(const View& view, std::string_view policy) {
  return static_cast<size_t>(
      std::count_if(view.policies->begin(), view.policies->end(),
                    [&](const PolicyInformation& one) { return one.oid == policy; }));
}

std::string CheckPresent(const View& view) {
  return view.Find(oid::kPolicies) == nullptr ? "there is none" : "";
}

std::string CheckQualifiers(const View& view) {
  if (!view.policies.has_value()) return "";
  for (const PolicyInformation& policy : *view.policies) {
    for (const PolicyQualifier& qualifier : policy.qualifiers) {
      if (qualifier.oid != oid::kCps) return OidText(qualifier.oid);
      const bool is_url =
          qualifier.value.starts_with("http://") || qualifier.value.starts_with("https://");
      if (qualifier.tag != der::kIa5String || !is_url) return Text(qualifier.value);
    }
  }
  return "";
}

std::string CheckDuplicate(const View& view) {
  if (!view.policies.has_value()) return "";
  for (const PolicyInformation& policy : *view.policies) {
    if (Count(view, policy.oid) > 1) return OidText(policy.oid);
  }
  return "";
}

std::string CheckReserved(const View& view) {
  if (!view.policies.has_value()) return "";
  const auto reserved = std::count_if(view.policies->begin(), view.policies->end(),
                                      [](const auto& one) { return IsReserved(one.oid); });
  return reserved == 1 ? "" : base::Cat(reserved, " reserved policies");
}

std::string CheckAny(const View& view) {
  if (!view.policies.has_value()) return "";
  return Count(view, oid::kAnyPolicy) > 0 ? "anyPolicy is among them" : "";
}

std::string CheckCritical(const View& view) {
  return IsCritical(view, oid::kPolicies) ? "it is critical" : "";
}

// Reserved policies stand alone, or anyPolicy does (for affiliates of the issuer).
std::string CheckSubordinate(const View& view) {
  if (view.Find(oid::kPolicies) == nullptr) return "there is no certificatePolicies";
  if (!view.policies.has_value()) return "";
  const auto& list = *view.policies;
  if (Count(view, oid::kAnyPolicy) > 0) {
    return list.size() == 1 ? "" : "anyPolicy does not stand alone";
  }
  if (!list.empty() && IsReserved(list[0].oid)) return CheckReserved(view);
  return "the first policy is not a reserved one";
}

}  // namespace

const Lint kSubCertCertificatePoliciesMissing = {
    .name = "e_sub_cert_certificate_policies_missing",
    .requirement = "LINT-81",
    .clause = "BR 7.1.2.7.9",
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckPresent,
};

const Lint kPolicyQualifiersOtherThanCpsNotPermitted = {
    .name = "e_policy_qualifiers_other_than_cps_not_permitted",
    .requirement = "LINT-81",
    .clause = "BR 7.1.2.7.9, 7.1.2.10.5",
    .kinds = kLeaf | kSubordinate,
    .web_only = true,
    .check = CheckQualifiers,
};

const Lint kExtCertPolicyDuplicate = {
    .name = "e_ext_cert_policy_duplicate",
    .requirement = "LINT-81",
    .clause = "RFC 5280 4.2.1.4",
    .kinds = kCertificate,
    .check = CheckDuplicate,
};

const Lint kSubCertReservedPolicyNotExactlyOne = {
    .name = "e_sub_cert_reserved_policy_not_exactly_one",
    .requirement = "LINT-81",
    .clause = "BR 7.1.2.7.9",
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckReserved,
};

const Lint kSubCertAnyPolicyPresent = {
    .name = "e_sub_cert_any_policy_present",
    .requirement = "LINT-81",
    .clause = "BR 7.1.2.7.9",
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckAny,
};

const Lint kExtCertPoliciesCritical = {
    .name = "e_ext_cert_policies_critical",
    .requirement = "LINT-81",
    .clause = "BR 7.1.2.7.6, 7.1.2.6.1",
    .kinds = kCertificate,
    .web_only = true,
    .check = CheckCritical,
};

const Lint kSubCaPoliciesNotReserved = {
    .name = "e_sub_ca_policies_not_reserved",
    .requirement = "PROF-54",
    .clause = "BR 7.1.2.10.5",
    .kinds = kSubordinate,
    .web_only = true,
    .check = CheckSubordinate,
};

}  // namespace cairn::lint
