// PROF-74, PROF-75, PROF-76: An OCSP signer's certificate is for OCSPSigning alone, its key for
// signatures, and itself not to be asked about; it names no servers and points to no CRL.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

using namespace std::string_view_literals;

std::string CheckPurpose(const View& view) {
  const auto& purposes = view.extended_key_usage;
  const bool good =
      purposes.has_value() && purposes->size() == 1 && purposes->front() == oid::kOcspSigning;
  return good ? "" : "the purpose is not OCSPSigning alone";
}

std::string CheckUsage(const View& view) {
  const bool good = view.key_usage.has_value() && view.key_usage->bits == kDigitalSignature;
  return good ? "" : "the key usage is not digitalSignature alone";
}

std::string CheckNoCheck(const View& view) {
  const Extension* no_check = view.Find(oid::kOcspNoCheck);
  if (no_check == nullptr) return "there is no id-pkix-ocsp-nocheck";
  if (no_check->critical) return "it is critical";
  return no_check->value == "\x05\x00"sv ? "" : "its value is not NULL";
}

std::string CheckForbidden(const View& view) {
  if (view.Find(oid::kSubjectAltName) != nullptr) return "there is a subjectAltName";
  return view.Find(oid::kCrlDistributionPoints) != nullptr ? "there are cRLDistributionPoints" : "";
}

std::string CheckAvoided(const View& view) {
  if (view.Find(oid::kAuthorityInfoAccess) != nullptr) return "there is an authorityInfoAccess";
  if (view.Find(oid::kPolicies) != nullptr) return "there are certificatePolicies";
  return view.Find(oid::kSubjectKeyId) == nullptr ? "there is no subjectKeyIdentifier" : "";
}

}  // namespace

const Lint kOcspSignerPurpose = {
    .name = "e_ocsp_signer_purpose",
    .requirement = "PROF-74",
    .clause = "BR 7.1.2.8.5; RFC 6960 4.2.2.2",
    .kinds = kOcspSigner,
    .check = CheckPurpose,
};

const Lint kOcspSignerKeyUsage = {
    .name = "e_ocsp_signer_key_usage",
    .requirement = "PROF-74",
    .clause = "BR 7.1.2.8.7",
    .kinds = kOcspSigner,
    .check = CheckUsage,
};

const Lint kOcspSignerNocheck = {
    .name = "e_ocsp_signer_nocheck",
    .requirement = "PROF-75",
    .clause = "BR 7.1.2.8.6; MRSP 5.2",
    .kinds = kOcspSigner,
    .check = CheckNoCheck,
};

const Lint kOcspSignerForbiddenExtension = {
    .name = "e_ocsp_signer_forbidden_extension",
    .requirement = "PROF-76",
    .clause = "BR 7.1.2.8.2",
    .kinds = kOcspSigner,
    .web_only = true,
    .check = CheckForbidden,
};

const Lint kOcspSignerAvoidedExtension = {
    .name = "w_ocsp_signer_avoided_extension",
    .requirement = "PROF-76",
    .clause = "BR 7.1.2.8.2, 7.1.2.8.3, 7.1.2.8.8",
    .severity = Severity::kWarning,
    .kinds = kOcspSigner,
    .web_only = true,
    .check = CheckAvoided,
};

}  // namespace cairn::lint
