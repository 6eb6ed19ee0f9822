#include "services/ca/signing/crl_check.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"

namespace cairn::ca::signing {
namespace {

absl::Status Wrong(std::string_view what, std::string_view detail = "") {
  return errors::Make(errors::Reason::kInternal, base::Cat("a CRL was not signed: ", what, detail));
}

// What differs from what the CRL is to say; empty if nothing.
std::string_view Difference(const x509::CrlContent& crl, const x509::CrlContent& wanted,
                            const x509::Certificate& issuer) {
  if (crl.algorithm != wanted.algorithm ||
      crl.algorithm != x509::CertificateAlgorithm(issuer.public_key().type())) {
    return "the signature algorithm (CRL-07)";
  }
  if (crl.issuer_der != wanted.issuer_der || crl.issuer_der != issuer.tbs().subject_der) {
    return "the issuer's name (CRL-06)";
  }
  if (crl.authority_key_id.empty() || crl.authority_key_id != issuer.tbs().subject_key_id) {
    return "the authority key identifier (CRL-08)";
  }
  if (crl.this_update != wanted.this_update || crl.next_update != wanted.next_update) {
    return "the times (CRL-04)";
  }
  if (crl.number != wanted.number) return "the number (CRL-09)";
  if (crl.scope != wanted.scope) return "the distribution point (CRL-10)";
  // Both are sorted now.
  return crl.revoked == wanted.revoked ? "" : "the revoked certificates (CRL-14)";
}

// Which rule of the day it breaks; empty if none.
std::string_view BrokenRule(const x509::CrlContent& crl, const CrlCheck::Rules& rules) {
  const std::vector<int>& usage = rules.issuer.tbs().key_usage;
  if (std::find(usage.begin(), usage.end(), x509::kCrlSign) == usage.end()) {
    return "the issuer may not sign CRLs (keyUsage)";
  }
  if (crl.this_update > rules.now || crl.next_update <= rules.now) {
    return "it does not hold now";
  }
  if (crl.next_update - crl.this_update >
      policy::LimitsAt(rules.pack, rules.now).max_crl_interval) {
    return "nextUpdate is too far from thisUpdate (CRL-04)";
  }
  for (const x509::RevokedCertificate& revoked : crl.revoked) {
    if (revoked.revoked_at > rules.now) return "a certificate is revoked in the future";
  }
  return "";
}

// A complete CRL has no scope that a lint could compare.
absl::Status MaySign(lint::Report report, bool is_complete, const lint::AllowList& allowed) {
  if (is_complete) {
    std::erase_if(report.skipped, [](const lint::Lint* lint) {
      return lint->name == "e_crl_idp_url_not_of_certificates";
    });
  }
  return lint::MaySign(report, allowed);
}

}  // namespace

absl::StatusOr<Passed> CrlCheck::Crl(std::string tbs_der, x509::CrlContent wanted,
                                     const std::string& previous_number,
                                     const std::string& issuer_name, const Rules& rules) {
  ASSIGN_OR_RETURN(const std::string der, lint::AddPlaceholderSignature(tbs_der));
  const absl::StatusOr<x509::Crl> crl = x509::Crl::Parse(der);
  if (!crl.ok()) return Wrong("it can't be read: ", errors::PayloadOf(crl.status()).detail());
  // As a CRL of ours has them: in the order of the numbers.
  std::sort(wanted.revoked.begin(), wanted.revoked.end(),
            [](const x509::RevokedCertificate& a, const x509::RevokedCertificate& b) {
              return a.serial.size() != b.serial.size() ? a.serial.size() < b.serial.size()
                                                        : a.serial < b.serial;
            });
  if (const std::string_view difference = Difference(crl->content(), wanted, rules.issuer);
      !difference.empty()) {
    return Wrong("not as asked for: ", difference);
  }
  if (const std::string_view rule = BrokenRule(crl->content(), rules); !rule.empty()) {
    return Wrong(rule);
  }
  lint::Subject subject{.der = der,
                        .now = rules.now,
                        .pack = rules.pack,
                        .kind = lint::Kind::kCrl,
                        .issuer_der = rules.issuer.der(),
                        .previous_crl_number = previous_number};
  if (wanted.scope.has_value()) subject.crl_url = wanted.scope->url;
  const lint::Report report = lint::Run(subject);
  RETURN_IF_ERROR(MaySign(report, !wanted.scope.has_value(), rules.allowed));
  return Passed{
      .tbs = Checked<Tbs>(Tbs{
          .der = std::move(tbs_der), .issuer = issuer_name, .algorithm = crl->content().algorithm}),
      .lint_digest = report.Digest()};
}

}  // namespace cairn::ca::signing
