// LINT-75, LINT-76: What a server may use its key for. EC: digitalSignature, and keyAgreement
// against advice. RSA: digitalSignature, keyEncipherment and, against advice, dataEncipherment.
// Never the signing of certificates or CRLs.
#include <string>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckEc(const View& view) {
  if (!view.key.is_ec() || !view.key_usage.has_value()) return "";
  const uint16_t bits = view.key_usage->bits;
  if ((bits & kDigitalSignature) == 0) return "digitalSignature is missing";
  return (bits & ~(kDigitalSignature | kKeyAgreement)) != 0 ? "there are other bits" : "";
}

std::string CheckKeyAgreement(const View& view) {
  if (!view.key.is_ec() || !view.key_usage.has_value()) return "";
  return (view.key_usage->bits & kKeyAgreement) != 0 ? "keyAgreement is set" : "";
}

std::string CheckRsa(const View& view) {
  if (!view.key.is_rsa() || !view.key_usage.has_value()) return "";
  const uint16_t bits = view.key_usage->bits;
  if ((bits & (kDigitalSignature | kKeyEncipherment)) == 0) {
    return "neither digitalSignature nor keyEncipherment";
  }
  const int allowed = kDigitalSignature | kKeyEncipherment | kDataEncipherment;
  return (bits & ~allowed) != 0 ? "there are other bits" : "";
}

std::string CheckDataEncipherment(const View& view) {
  if (!view.key_usage.has_value()) return "";
  return (view.key_usage->bits & kDataEncipherment) != 0 ? "dataEncipherment is set" : "";
}

std::string CheckCertSign(const View& view) {
  if (!view.key_usage.has_value()) return "";
  return (view.key_usage->bits & kKeyCertSign) != 0 ? "keyCertSign is set" : "";
}

std::string CheckCrlSign(const View& view) {
  if (!view.key_usage.has_value()) return "";
  return (view.key_usage->bits & kCrlSign) != 0 ? "cRLSign is set" : "";
}

}  // namespace

const Lint kCabfEccAllowedKeyUsages = {
    .name = "e_cabf_ecc_allowed_key_usages",
    .requirement = "LINT-75",
    .clause = "BR 7.1.2.7.11",
    .kinds = kLeaf,
    .check = CheckEc,
};

const Lint kCabfEccKuKeyagreementPresent = {
    .name = "w_cabf_ecc_ku_keyagreement_present",
    .requirement = "LINT-75",
    .clause = "BR 7.1.2.7.11",
    .severity = Severity::kWarning,
    .kinds = kLeaf,
    .check = CheckKeyAgreement,
};

const Lint kRsaAllowedKuEe = {
    .name = "e_rsa_allowed_ku_ee",
    .requirement = "LINT-76",
    .clause = "BR 7.1.2.7.11",
    .kinds = kLeaf,
    .check = CheckRsa,
};

const Lint kRsaKuDataenciphermentPresent = {
    .name = "w_rsa_ku_dataencipherment_present",
    .requirement = "LINT-76",
    .clause = "BR 7.1.2.7.11",
    .severity = Severity::kWarning,
    .kinds = kLeaf,
    .check = CheckDataEncipherment,
};

const Lint kSubCertKeyUsageCertSignBitSet = {
    .name = "e_sub_cert_key_usage_cert_sign_bit_set",
    .requirement = "LINT-76",
    .clause = "BR 7.1.2.7.11",
    .kinds = kLeaf | kOcspSigner,
    .check = CheckCertSign,
};

const Lint kSubCertKeyUsageCrlSignBitSet = {
    .name = "e_sub_cert_key_usage_crl_sign_bit_set",
    .requirement = "LINT-76",
    .clause = "BR 7.1.2.7.11",
    .kinds = kLeaf | kOcspSigner,
    .check = CheckCrlSign,
};

}  // namespace cairn::lint
