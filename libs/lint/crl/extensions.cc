// LINT-95: A CRL's authority key identifier is the key identifier alone; there is no delta; no
// extension but those of the Baseline Requirements.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckKeyId(const View& view) {
  if (view.Find(oid::kAuthorityKeyId) == nullptr) return "there is none";
  if (!view.authority_key_id.has_value()) return "";
  const AuthorityKeyId& id = *view.authority_key_id;
  if (!id.key_id.has_value() || id.key_id->empty()) return "there is no keyIdentifier";
  return id.has_issuer || id.has_serial ? "there is more than the keyIdentifier" : "";
}

std::string CheckDelta(const View& view) {
  if (view.Find(oid::kDeltaCrlIndicator) != nullptr) return "it is a delta CRL";
  return view.Find(oid::kFreshestCrl) != nullptr ? "it points to a delta CRL" : "";
}

std::string CheckKnown(const View& view) {
  for (const Extension& extension : view.extensions) {
    const std::string_view oid = extension.oid;
    const bool known = oid == oid::kAuthorityKeyId || oid == oid::kCrlNumber ||
                       oid == oid::kIssuingDistributionPoint || oid == oid::kDeltaCrlIndicator ||
                       oid == oid::kFreshestCrl;
    if (!known) return OidText(oid);
  }
  return "";
}

}  // namespace

const Lint kCrlAuthKeyIdOnlyContainsKeyid = {
    .name = "e_crl_auth_key_id_only_contains_keyid",
    .requirement = "LINT-95",
    .clause = "BR 7.2.2",
    .kinds = kAnyCrl,
    .check = CheckKeyId,
};

const Lint kCrlDelta = {
    .name = "e_crl_delta",
    .requirement = "LINT-95",
    .clause = "BR 7.2.2",
    .kinds = kAnyCrl,
    .check = CheckDelta,
};

const Lint kCrlExtensionsValidity = {
    .name = "e_crl_extensions_validity",
    .requirement = "LINT-95",
    .clause = "BR 7.2.2",
    .kinds = kAnyCrl,
    .check = CheckKnown,
};

}  // namespace cairn::lint
