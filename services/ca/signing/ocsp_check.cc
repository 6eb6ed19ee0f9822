#include "services/ca/signing/ocsp_check.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"

namespace cairn::ca::signing {
namespace {

// Fixed, as BR 4.3.1.2 allows for linting.
constexpr std::string_view kPlaceholder = "placeholder";

absl::Status Wrong(std::string_view what, std::string_view detail = "") {
  return errors::Make(errors::Reason::kInternal,
                      base::Cat("an OCSP response was not signed: ", what, detail));
}

// What differs from what the response is to say; empty if nothing.
std::string_view Difference(const x509::OcspContent& content, const x509::OcspContent& wanted) {
  if (content.certificate != wanted.certificate) return "the certificate (OCSP-09)";
  if (content.revoked != wanted.revoked) return "the status (OCSP-10)";
  if (content.responder_key_hash != wanted.responder_key_hash) return "the responder (OCSP-17)";
  if (content.produced_at != wanted.produced_at || content.this_update != wanted.this_update ||
      content.next_update != wanted.next_update) {
    return "the times (OCSP-16)";
  }
  return "";
}

// Whether the CertID names the issuer.
bool IsOf(const x509::OcspCertId& id, const x509::Certificate& issuer) {
  return id ==
         x509::OcspCertIdOf(id.hash, issuer.tbs().subject_der, issuer.public_key(), id.serial);
}

// Which rule of the day it breaks; empty if none.
std::string_view BrokenRule(const x509::OcspContent& content, const x509::Certificate& key_holder,
                            const OcspCheck::Rules& rules) {
  const std::vector<int>& usage = key_holder.tbs().key_usage;
  if (std::find(usage.begin(), usage.end(), x509::kDigitalSignature) == usage.end()) {
    return "the key may not sign OCSP responses (keyUsage, OCSP-13)";
  }
  if (content.responder_key_hash != x509::OcspKeyHash(key_holder.public_key())) {
    return "the responder is not the key that signs (OCSP-17)";
  }
  if (!IsOf(content.certificate, rules.issuer)) return "it is about another issuer (OCSP-09)";
  if (content.this_update > content.produced_at || content.produced_at > rules.now ||
      content.next_update <= rules.now) {
    return "it does not hold now (OCSP-16)";
  }
  const policy::Limits limits = policy::LimitsAt(rules.pack, rules.now);
  // Both ends are inside (BR 4.9.9).
  const absl::Duration interval = content.next_update - content.this_update + absl::Seconds(1);
  if (interval < limits.min_ocsp_interval || interval > limits.max_ocsp_interval) {
    return "it holds too long or not long enough (OCSP-03)";
  }
  if (content.next_update > key_holder.tbs().not_after) {
    return "it holds longer than its signer's certificate (OCSP-15)";
  }
  if (content.revoked.has_value() && content.revoked->at > rules.now) {
    return "the certificate is revoked in the future";
  }
  return "";
}

}  // namespace

absl::StatusOr<Passed> OcspCheck::Response(std::string data_der, const x509::OcspContent& wanted,
                                           const std::string& issuer_name, const Rules& rules) {
  const bool is_delegated = rules.responder != nullptr;
  const x509::Certificate& key_holder = is_delegated ? *rules.responder : rules.issuer;
  const crypto::SignatureAlgorithm algorithm =
      x509::CertificateAlgorithm(key_holder.public_key().type());
  const std::string der = x509::ComposeOcspResponse(
      data_der, algorithm, kPlaceholder,
      is_delegated ? std::optional<std::string>(key_holder.der()) : std::nullopt);
  const absl::StatusOr<x509::OcspResponse> response = x509::OcspResponse::Parse(der);
  if (!response.ok()) {
    return Wrong("it can't be read: ", errors::PayloadOf(response.status()).detail());
  }
  if (const std::string_view difference = Difference(response->content(), wanted);
      !difference.empty()) {
    return Wrong("not as asked for: ", difference);
  }
  if (x509::ComposeOcspData(wanted) != data_der) return Wrong("composed again, it differs");
  if (const std::string_view rule = BrokenRule(response->content(), key_holder, rules);
      !rule.empty()) {
    return Wrong(rule);
  }
  const lint::Report report = lint::Run({.der = der,
                                         .now = rules.now,
                                         .pack = rules.pack,
                                         .kind = lint::Kind::kOcspResponse,
                                         .issuer_der = key_holder.der()});
  RETURN_IF_ERROR(lint::MaySign(report, rules.allowed));
  return Passed{
      .tbs = Checked<Tbs>(Tbs{.der = std::move(data_der),
                              .issuer = is_delegated ? OcspKeyOf(issuer_name) : issuer_name,
                              .algorithm = algorithm}),
      .lint_digest = report.Digest()};
}

}  // namespace cairn::ca::signing
