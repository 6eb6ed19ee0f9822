// LINT-72: The authority key identifier has the key identifier of the issuer and nothing
// else, and is not critical. A root may do without.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckForm(const View& view) {
  if (view.Find(oid::kAuthorityKeyId) == nullptr) {
    return view.kind == Kind::kRoot ? "" : "there is none";
  }
  if (!view.authority_key_id.has_value()) return "";
  const AuthorityKeyId& id = *view.authority_key_id;
  if (!id.key_id.has_value() || id.key_id->empty()) return "there is no keyIdentifier";
  return id.has_issuer || id.has_serial ? "there is more than the keyIdentifier" : "";
}

std::string CheckIssuer(const View& view) {
  if (!view.authority_key_id.has_value()) return "";
  return view.authority_key_id->key_id == view.issuer->subject_key_id
             ? ""
             : "it differs from the issuer's subjectKeyIdentifier";
}

std::string CheckCritical(const View& view) {
  return IsCritical(view, oid::kAuthorityKeyId) ? "it is critical" : "";
}

}  // namespace

const Lint kMpAuthorityKeyIdentifierCorrect = {
    .name = "e_mp_authority_key_identifier_correct",
    .requirement = "LINT-72",
    .clause = "BR 7.1.2.11.1; MRSP 5.2",
    .kinds = kCertificate,
    .check = CheckForm,
};

const Lint kAuthorityKeyIdentifierNotOfIssuer = {
    .name = "e_authority_key_identifier_not_of_issuer",
    .requirement = "LINT-72",
    .clause = "BR 7.1.2.11.1, 7.2.2",
    .kinds = kCertificate | kAnyCrl,
    .needs = kNeedsIssuer,
    .check = CheckIssuer,
};

const Lint kExtAuthorityKeyIdentifierCritical = {
    .name = "e_ext_authority_key_identifier_critical",
    .requirement = "LINT-72",
    .clause = "BR 7.1.2.11.1, 7.2.2; RFC 5280 4.2.1.1",
    .kinds = kCertificate | kAnyCrl,
    .check = CheckCritical,
};

}  // namespace cairn::lint
