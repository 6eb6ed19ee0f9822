#include "tools/ceremony/compose.h"

#include "libs/base/invariant.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/ca_certificate.h"
#include "libs/x509/crl.h"
#include "libs/x509/tbs_certificate.h"

namespace cairn::ceremony {
namespace {

// The type of the key that signs: the new key of a root, else of the certificate.
crypto::KeyType SigningType(const Plan& plan) {
  return plan.signer.has_value() ? plan.signer->certificate.public_key().type()
                                 : plan.new_key->type;
}

std::string OcspSignerTbs(const Plan& plan, const crypto::PublicKey& subject) {
  const x509::TbsCertificate& issuer = plan.signer->certificate.tbs();
  return x509::ComposeTbs(
      x509::OcspSignerCertificate{.serial = plan.serial,
                                  .algorithm = x509::CertificateAlgorithm(SigningType(plan)),
                                  .issuer_der = issuer.subject_der,
                                  .subject_der = plan.subject_der,
                                  .not_before = plan.not_before,
                                  .not_after = plan.not_after,
                                  .public_key = subject,
                                  .subject_key_id = x509::KeyIdentifier(subject),
                                  .authority_key_id = issuer.subject_key_id});
}

std::string AuthorityTbs(const Plan& plan, const crypto::PublicKey& subject) {
  // The leaves of a CA point to the identifier in the certificate that it has: a
  // cross-certificate keeps it.
  const std::string key_id = plan.existing.has_value() ? plan.existing->tbs().subject_key_id
                                                       : x509::KeyIdentifier(subject);
  return x509::ComposeTbs(x509::CaCertificate{
      .serial = plan.serial,
      .algorithm = x509::CertificateAlgorithm(SigningType(plan)),
      .issuer_der =
          plan.signer.has_value() ? plan.signer->certificate.tbs().subject_der : plan.subject_der,
      .subject_der = plan.subject_der,
      .not_before = plan.not_before,
      .not_after = plan.not_after,
      .public_key = subject,
      .subject_key_id = key_id,
      .authority_key_id =
          plan.signer.has_value() ? plan.signer->certificate.tbs().subject_key_id : key_id,
      .path_length = plan.path_length,
      .extended_key_usage = plan.extended_key_usage,
      .policies = plan.policies,
      .ca_issuers_url = plan.ca_issuers_url,
      .crl_url = plan.crl_url});
}

std::string CrlTbs(const Plan& plan) {
  const x509::TbsCertificate& issuer = plan.signer->certificate.tbs();
  return x509::ComposeTbsCertList(
      x509::CrlContent{.algorithm = x509::CertificateAlgorithm(SigningType(plan)),
                       .issuer_der = issuer.subject_der,
                       .this_update = plan.not_before,
                       .next_update = plan.not_after,
                       .authority_key_id = issuer.subject_key_id,
                       .number = plan.crl->number,
                       .revoked = plan.crl->revoked});
}

}  // namespace

crypto::SignatureAlgorithm AlgorithmOf(const Plan& plan, const crypto::PublicKey& signer) {
  INVARIANT(SigningType(plan) == signer.type(), "the key was compared with its certificate");
  return x509::CertificateAlgorithm(signer.type());
}

std::string ComposeToBeSigned(const Plan& plan, const crypto::PublicKey& subject) {
  INVARIANT(plan.Signs(), "callers ask only where something is signed");
  if (plan.act == Act::kCrl) return CrlTbs(plan);
  return plan.act == Act::kOcspSigner ? OcspSignerTbs(plan, subject) : AuthorityTbs(plan, subject);
}

std::string ComposeSigned(const Plan& plan, std::string_view tbs, const crypto::PublicKey& signer,
                          std::string_view signature) {
  const crypto::SignatureAlgorithm algorithm = AlgorithmOf(plan, signer);
  return plan.act == Act::kCrl ? x509::ComposeCrl(tbs, algorithm, signature)
                               : x509::ComposeCertificate(tbs, algorithm, signature);
}

}  // namespace cairn::ceremony
