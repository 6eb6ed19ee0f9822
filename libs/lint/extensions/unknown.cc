// LINT-86: Each extension stands once, has a value that can be read, and is one that a
// certificate of its kind is known to have for a reason.
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

std::string CheckDuplicate(const View& view) {
  for (const Extension& extension : view.extensions) {
    const auto same = [&](const Extension& other) { return other.oid == extension.oid; };
    if (std::count_if(view.extensions.begin(), view.extensions.end(), same) > 1) {
      return OidText(extension.oid);
    }
  }
  return "";
}

std::string CheckValues(const View& view) { return view.broken.empty() ? "" : view.broken.front(); }

// BR 7.1.2.7.6 and 7.1.2.9 for leaves, 7.1.2.6.1 for CAs, 7.1.2.8.2 for OCSP
// signers; those that are forbidden have lints of their own.
constexpr std::string_view kKnown[] = {
    oid::kAuthorityInfoAccess,
    oid::kAuthorityKeyId,
    oid::kPolicies,
    oid::kExtKeyUsage,
    oid::kSubjectAltName,
    oid::kKeyUsage,
    oid::kBasicConstraints,
    oid::kSubjectKeyId,
    oid::kCrlDistributionPoints,
    oid::kSctList,
    oid::kPoison,
    oid::kOcspNoCheck,
    oid::kNameConstraints,
    oid::kPolicyConstraints,
    oid::kSubjectInfoAccess,
};

std::string CheckKnown(const View& view) {
  for (const Extension& extension : view.extensions) {
    if (std::find(std::begin(kKnown), std::end(kKnown), extension.oid) == std::end(kKnown)) {
      return OidText(extension.oid);
    }
  }
  return "";
}

std::string CheckAny(const View& view) {
  return view.extensions.empty() ? "there are no extensions" : "";
}

}  // namespace

const Lint kExtDuplicateExtension = {
    .name = "e_ext_duplicate_extension",
    .requirement = "LINT-86",
    .clause = "RFC 5280 4.2",
    .kinds = kCertificate | kAnyCrl,
    .check = CheckDuplicate,
};

const Lint kCertExtInvalidDer = {
    .name = "e_cert_ext_invalid_der",
    .requirement = "LINT-86",
    .clause = "BR 7.1.2.11.5; RFC 5280 4.2, 5.2",
    .kinds = kCertificate | kAnyCrl,
    .check = CheckValues,
};

const Lint kExtUnknown = {
    .name = "e_ext_unknown",
    .requirement = "LINT-86",
    .clause = "BR 7.1.2.11.5",
    .kinds = kCertificate,
    .check = CheckKnown,
};

const Lint kCertWithoutExtensions = {
    .name = "e_cert_without_extensions",
    .requirement = "LINT-86",
    .clause = "BR 7.1.2.7.6; RFC 5280 4.1.2.9",
    .kinds = kCertificate,
    .check = CheckAny,
};

}  // namespace cairn::lint
