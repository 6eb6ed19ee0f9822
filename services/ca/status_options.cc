#include "services/ca/status_options.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "libs/crypto/public_key.h"
#include "libs/x509/oids.h"
#include "libs/x509/tbs_certificate.h"

namespace cairn::ca {
namespace {

namespace oid = x509::oid;

using crypto::KeyType;

// id-pkix-ocsp-nocheck is NULL (RFC 6960 section 4.2.2.2.1).
constexpr std::string_view kNull("\x05\x00", 2);

bool IsPlainHttp(std::string_view url) {
  return url.starts_with("http://") && url.size() > 7 &&
         std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

CrlParts ParseCrlParts(config::Checks& checks, const config::Ca::Issuer& issuer,
                       const std::string& field) {
  CrlParts parts;
  parts.base_url = issuer.crl_base_url();
  parts.count =
      static_cast<uint32_t>(checks.Number(issuer.crl_shards(), field + ".crl_shards", 1, 1, 1000));
  if (parts.base_url.empty()) {
    checks.Require(parts.count == 1, field + ".crl_base_url",
                   "must be there where the CRL has several parts (CRL-10)");
    return parts;
  }
  checks.Require(IsPlainHttp(parts.base_url) && parts.base_url.ends_with('/'),
                 field + ".crl_base_url",
                 "must start with http:// (BR 7.1.2.11.2) and end with a slash");
  return parts;
}

std::string WhyNoOcspSigner(const x509::Certificate& certificate, const x509::Certificate& issuer,
                            policy::Pack pack, absl::Time now) {
  const x509::TbsCertificate& tbs = certificate.tbs();
  const crypto::PublicKey& key = certificate.public_key();
  if (tbs.issuer_der != issuer.tbs().subject_der ||
      !certificate.VerifySignature(issuer.public_key())) {
    return "was not signed by the issuer (PROF-73)";
  }
  if (tbs.extended_key_usage != std::vector<std::string>{std::string(oid::kOcspSigning)}) {
    return "is not for OCSPSigning alone (PROF-74)";
  }
  if (tbs.key_usage != std::vector<int>{x509::kDigitalSignature} || tbs.is_ca) {
    return "is not for digital signatures alone (PROF-74)";
  }
  const x509::Extension* no_check = tbs.Find(oid::kOcspNoCheck);
  if (no_check == nullptr || no_check->critical || no_check->value != kNull) {
    return "has no id-pkix-ocsp-nocheck (PROF-75)";
  }
  if (key == issuer.public_key()) return "has the key of the issuer";
  if (key.type() == KeyType::kEd25519 || (key.type() == KeyType::kRsa && key.bits() < 2048) ||
      (pack == policy::Pack::kWebPki && key.type() == KeyType::kEcP521)) {
    return "has a key of another type or size than BR 6.1.5 and the root programs allow";
  }
  if (now < tbs.not_before || now > tbs.not_after) return "is not valid now";
  return "";
}

}  // namespace cairn::ca
