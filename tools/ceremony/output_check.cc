#include "tools/ceremony/output_check.h"

#include <set>
#include <string>
#include <utility>

#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/ca_certificate.h"
#include "libs/x509/crl.h"
#include "libs/x509/oids.h"
#include "tools/ceremony/compose.h"

namespace cairn::ceremony {
namespace {

namespace oid = x509::oid;
using Texts = std::vector<std::string>;
using Extensions = std::set<std::pair<std::string, bool>>;

Texts ListOf(const std::optional<std::string>& text) {
  return text.has_value() ? Texts{*text} : Texts{};
}

// The extensions of the kind, each as critical as it must be.
Extensions ExpectedExtensions(const Plan& plan) {
  Extensions out = {{std::string(oid::kKeyUsage), true},
                    {std::string(oid::kSubjectKeyIdentifier), false},
                    {std::string(oid::kAuthorityKeyIdentifier), false}};
  if (plan.act == Act::kOcspSigner) {
    out.insert({std::string(oid::kExtKeyUsage), false});
    out.insert({std::string(oid::kOcspNoCheck), false});
    return out;
  }
  out.insert({std::string(oid::kBasicConstraints), true});
  if (!plan.extended_key_usage.empty()) out.insert({std::string(oid::kExtKeyUsage), false});
  if (!plan.policies.empty()) out.insert({std::string(oid::kCertificatePolicies), false});
  if (plan.ca_issuers_url.has_value()) out.insert({std::string(oid::kAuthorityInfoAccess), false});
  if (plan.crl_url.has_value()) out.insert({std::string(oid::kCrlDistributionPoints), false});
  return out;
}

class OutputCheck {
 public:
  OutputCheck(const Plan& plan, const crypto::PublicKey& subject)
      : plan_(plan), subject_(subject) {}

  void Certificate(std::string_view der) {
    const absl::StatusOr<x509::Certificate> certificate = x509::Certificate::Parse(der);
    if (!certificate.ok()) {
      return Require(false, "PROF-49", errors::PayloadOf(certificate.status()).detail());
    }
    Require(certificate->tbs_der() == ComposeToBeSigned(plan_, subject_), "ROOT-10",
            "the signed octets are not those of the plan");
    Common(certificate->tbs());
    if (plan_.act == Act::kOcspSigner) {
      OcspSigner(certificate->tbs());
    } else {
      Authority(certificate->tbs());
    }
  }

  void Crl(std::string_view der) {
    const absl::StatusOr<x509::Crl> crl = x509::Crl::Parse(der);
    if (!crl.ok()) return Require(false, "CRL-06", errors::PayloadOf(crl.status()).detail());
    const x509::CrlContent& content = crl->content();
    const x509::Certificate& issuer = plan_.signer->certificate;
    Require(crl->tbs_der() == ComposeToBeSigned(plan_, subject_), "ROOT-10",
            "the signed octets are not those of the plan");
    Require(content.issuer_der == issuer.tbs().subject_der, "CRL-06", "the issuer's name");
    Require(content.algorithm == x509::CertificateAlgorithm(issuer.public_key().type()), "CRL-07",
            "the signature algorithm");
    Require(content.authority_key_id == issuer.tbs().subject_key_id, "CRL-08",
            "the authority key identifier");
    Require(content.number == plan_.crl->number, "CRL-09", "the number");
    Require(!content.scope.has_value(), "CRL-10", "the scope: a complete CRL has none");
    Require(content.this_update == plan_.not_before && content.next_update == plan_.not_after,
            "CRL-04", "the times");
    Require(content.revoked.size() == plan_.crl->revoked.size(), "CRL-14", "the entries");
    for (const x509::RevokedCertificate& revoked : content.revoked) {
      Require(revoked.reason.has_value(), "CRL-16", "an entry without a reason");
    }
  }

  std::vector<Finding> findings;

 private:
  void Require(bool ok, std::string_view rule, std::string_view what) {
    if (!ok)
      findings.push_back({Finding::Severity::kError, std::string(rule), "", std::string(what)});
  }

  void Common(const x509::TbsCertificate& tbs) {
    const x509::TbsCertificate* const issuer =
        plan_.signer.has_value() ? &plan_.signer->certificate.tbs() : nullptr;
    const crypto::PublicKey& signer =
        plan_.signer.has_value() ? plan_.signer->certificate.public_key() : subject_;
    Require(tbs.serial == plan_.serial, "PROF-02", "the serial number");
    Require(
        tbs.algorithm_der == x509::AlgorithmIdentifier(x509::CertificateAlgorithm(signer.type())),
        "PROF-43", "the signature algorithm");
    Require(tbs.issuer_der == (issuer != nullptr ? issuer->subject_der : tbs.subject_der),
            issuer != nullptr ? "PROF-05" : "PROF-63", "the issuer's name");
    Require(tbs.subject_der == plan_.subject_der, "PROF-48", "the subject's name");
    Require(tbs.not_before == plan_.not_before && tbs.not_after == plan_.not_after, "PROF-50",
            "the validity");
    Require(tbs.spki_der == subject_.spki_der(), "PROF-15", "the public key");
    Require(tbs.names.empty(), "PROF-76", "a subject alternative name");
    Extensions found;
    for (const x509::Extension& extension : tbs.extensions) {
      found.insert({extension.oid, extension.critical});
    }
    Require(found == ExpectedExtensions(plan_), "PROF-32", "the list of extensions");
    const std::string key_id = plan_.existing.has_value() ? plan_.existing->tbs().subject_key_id
                                                          : x509::KeyIdentifier(subject_);
    Require(tbs.subject_key_id == key_id, "PROF-53", "the subject key identifier");
    Require(tbs.authority_key_id == (issuer != nullptr ? issuer->subject_key_id : key_id),
            issuer != nullptr ? "PROF-53" : "PROF-66", "the authority key identifier");
  }

  void Authority(const x509::TbsCertificate& tbs) {
    Require(tbs.is_ca, "PROF-53", "the basic constraints");
    Require(tbs.path_length == plan_.path_length, "PROF-53", "the path length");
    Require(tbs.key_usage == std::vector<int>{x509::kKeyCertSign, x509::kCrlSign}, "PROF-56",
            "the key usage");
    Require(tbs.extended_key_usage == plan_.extended_key_usage,
            plan_.act == Act::kRoot ? "PROF-66" : "PROF-57", "the extended key usage");
    Require(tbs.policies == plan_.policies, "PROF-54", "the policies");
    Require(tbs.ca_issuers_urls == ListOf(plan_.ca_issuers_url) && tbs.ocsp_urls.empty(), "PROF-58",
            "the authority information access");
    Require(tbs.crl_urls == ListOf(plan_.crl_url), "PROF-55", "the CRL distribution point");
  }

  void OcspSigner(const x509::TbsCertificate& tbs) {
    using namespace std::string_view_literals;
    Require(!tbs.is_ca, "PROF-76", "the basic constraints");
    Require(tbs.key_usage == std::vector<int>{x509::kDigitalSignature}, "PROF-74", "the key usage");
    Require(tbs.extended_key_usage == Texts{std::string(oid::kOcspSigning)}, "PROF-74",
            "the extended key usage");
    const x509::Extension* const no_check = tbs.Find(oid::kOcspNoCheck);
    Require(no_check != nullptr && no_check->value == "\x05\x00"sv, "PROF-75", "ocsp-nocheck");
  }

  const Plan& plan_;
  const crypto::PublicKey& subject_;
};

}  // namespace

std::vector<Finding> CheckOutput(const Plan& plan, std::string_view der,
                                 const crypto::PublicKey& subject) {
  OutputCheck check(plan, subject);
  if (plan.act == Act::kCrl) {
    check.Crl(der);
  } else {
    check.Certificate(der);
  }
  return std::move(check.findings);
}

}  // namespace cairn::ceremony
