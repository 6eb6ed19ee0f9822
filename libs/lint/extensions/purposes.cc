// LINT-77, LINT-78, LINT-79: A server's certificate is for serverAuth; clientAuth beside it ends on
// 2027-03-15 (Chrome); the purposes of mail, code, time stamps, OCSP and precertificates are
// forbidden, others not advised.
#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckPresent(const View& view) {
  return view.Find(oid::kExtKeyUsage) == nullptr ? "there is no extKeyUsage" : "";
}

std::string CheckCritical(const View& view) {
  return IsCritical(view, oid::kExtKeyUsage) ? "it is critical" : "";
}

std::string CheckServerAuth(const View& view) {
  const bool has = !view.extended_key_usage.has_value() || HasPurpose(view, oid::kServerAuth);
  return has ? "" : "serverAuth is missing";
}

// BR 7.1.2.7.10
constexpr std::string_view kForbidden[] = {
    oid::kCodeSigning, oid::kEmailProtection, oid::kTimeStamping,
    oid::kOcspSigning, oid::kAnyPurpose,      oid::kPrecertSigning,
};

std::string CheckForbidden(const View& view) {
  for (const std::string_view purpose : kForbidden) {
    if (HasPurpose(view, purpose)) return OidText(purpose);
  }
  return "";
}

std::string CheckExtra(const View& view) {
  if (!view.extended_key_usage.has_value()) return "";
  for (const std::string_view purpose : *view.extended_key_usage) {
    const bool known =
        purpose == oid::kServerAuth || purpose == oid::kClientAuth ||
        std::find(std::begin(kForbidden), std::end(kForbidden), purpose) != std::end(kForbidden);
    if (!known) return OidText(purpose);
  }
  return "";
}

std::string CheckClientAuth(const View& view) {
  return HasPurpose(view, oid::kClientAuth) ? "clientAuth is among the purposes" : "";
}

}  // namespace

const Lint kSubCertEkuMissing = {
    .name = "e_sub_cert_eku_missing",
    .requirement = "LINT-77",
    .clause = "BR 7.1.2.7.6",
    .kinds = kLeaf,
    .check = CheckPresent,
};

const Lint kEkuCritical = {
    .name = "e_eku_critical",
    .requirement = "LINT-77",
    .clause = "BR 7.1.2.7.10, 7.1.2.10.6",
    .kinds = kLeaf | kAnyCa | kOcspSigner,
    .check = CheckCritical,
};

const Lint kSubCertEkuServerAuthClientAuthMissing = {
    .name = "e_sub_cert_eku_server_auth_client_auth_missing",
    .requirement = "LINT-77",
    .clause = "BR 7.1.2.7.10",
    .kinds = kLeaf,
    .check = CheckServerAuth,
};

const Lint kSubCertEkuCheck = {
    .name = "e_sub_cert_eku_check",
    .requirement = "LINT-78",
    .clause = "BR 7.1.2.7.10",
    .kinds = kLeaf,
    .check = CheckForbidden,
};

const Lint kSubCertEkuExtraValues = {
    .name = "w_sub_cert_eku_extra_values",
    .requirement = "LINT-78",
    .clause = "BR 7.1.2.7.10",
    .severity = Severity::kWarning,
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckExtra,
};

const Lint kClientAuthNotAllowed = {
    .name = "e_client_auth_not_allowed",
    .requirement = "LINT-79",
    .clause = "CRP 1.3.2",
    .kinds = kLeaf,
    .web_only = true,
    .since = Day(2027, 3, 15),
    .check = CheckClientAuth,
};

}  // namespace cairn::lint
