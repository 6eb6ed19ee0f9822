#include "libs/x509/ca_certificate.h"

#include <string_view>

#include "libs/base/invariant.h"
#include "libs/crypto/digest.h"
#include "libs/der/reader.h"
#include "libs/der/value.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/oids.h"
#include "libs/x509/tbs_certificate.h"

namespace cairn::x509 {
namespace {

// `critical` is DEFAULT FALSE, so DER leaves it out then.
der::Value Critical(std::string_view oid, const der::Value& value) {
  return der::Sequence(der::Oid(oid), der::Boolean(true), der::OctetString(value.bytes()));
}
der::Value NonCritical(std::string_view oid, const der::Value& value) {
  return der::Sequence(der::Oid(oid), der::OctetString(value.bytes()));
}

der::Value Uri(const std::string& url) { return der::Implicit(6, der::Ia5String(url)); }

// PROF-53, PROF-76: keyIdentifier only.
der::Value AuthorityKeyIdentifier(const std::string& key_id) {
  return NonCritical(oid::kAuthorityKeyIdentifier,
                     der::Sequence(der::Implicit(0, der::OctetString(key_id))));
}

der::Value SubjectKeyIdentifier(const std::string& key_id) {
  return NonCritical(oid::kSubjectKeyIdentifier, der::OctetString(key_id));
}

der::Value BasicConstraints(const std::optional<int>& path_length) {
  return Critical(oid::kBasicConstraints,
                  path_length.has_value()
                      ? der::Sequence(der::Boolean(true), der::Integer(*path_length))
                      : der::Sequence(der::Boolean(true)));
}

der::Value OidList(const std::vector<std::string>& oids) {
  std::vector<der::Value> list;
  for (const std::string& oid : oids) list.push_back(der::Oid(oid));
  return der::Sequence(list);
}

der::Value Policies(const std::vector<std::string>& oids) {
  std::vector<der::Value> list;
  for (const std::string& oid : oids) list.push_back(der::Sequence(der::Oid(oid)));
  return der::Sequence(list);
}

std::vector<der::Value> Extensions(const CaCertificate& certificate) {
  std::vector<der::Value> out;
  // PROF-53, PROF-65
  out.push_back(BasicConstraints(certificate.path_length));
  // PROF-56, PROF-65
  out.push_back(Critical(oid::kKeyUsage, der::NamedBits({kKeyCertSign, kCrlSign})));
  // PROF-57
  if (!certificate.extended_key_usage.empty()) {
    out.push_back(NonCritical(oid::kExtKeyUsage, OidList(certificate.extended_key_usage)));
  }
  out.push_back(SubjectKeyIdentifier(certificate.subject_key_id));
  out.push_back(AuthorityKeyIdentifier(certificate.authority_key_id));
  // PROF-54
  if (!certificate.policies.empty()) {
    out.push_back(NonCritical(oid::kCertificatePolicies, Policies(certificate.policies)));
  }
  // PROF-58
  if (certificate.ca_issuers_url.has_value()) {
    out.push_back(NonCritical(
        oid::kAuthorityInfoAccess,
        der::Sequence(der::Sequence(der::Oid(oid::kCaIssuers), Uri(*certificate.ca_issuers_url)))));
  }
  // PROF-55: one DistributionPoint of one fullName.
  if (certificate.crl_url.has_value()) {
    const der::Value full_name = der::Implicit(0, der::Sequence(Uri(*certificate.crl_url)));
    out.push_back(NonCritical(oid::kCrlDistributionPoints,
                              der::Sequence(der::Sequence(der::Explicit(0, full_name)))));
  }
  return out;
}

std::vector<der::Value> Extensions(const OcspSignerCertificate& certificate) {
  return {
      // PROF-74
      Critical(oid::kKeyUsage, der::NamedBits({kDigitalSignature})),
      NonCritical(oid::kExtKeyUsage, OidList({std::string(oid::kOcspSigning)})),
      SubjectKeyIdentifier(certificate.subject_key_id),
      AuthorityKeyIdentifier(certificate.authority_key_id),
      // PROF-75
      NonCritical(oid::kOcspNoCheck, der::Null()),
  };
}

template <typename Fields>
std::string Compose(const Fields& fields) {
  INVARIANT(!fields.serial.empty() && !fields.authority_key_id.empty() &&
                !fields.subject_key_id.empty() && fields.not_before <= fields.not_after,
            "callers check the plan that these come from");
  return der::Sequence(der::Explicit(0, der::Integer(2)),  // version: v3
                       der::UnsignedInteger(fields.serial),
                       der::Raw(AlgorithmIdentifier(fields.algorithm)), der::Raw(fields.issuer_der),
                       der::Sequence(der::Time(fields.not_before), der::Time(fields.not_after)),
                       der::Raw(fields.subject_der), der::Raw(fields.public_key.spki_der()),
                       der::Explicit(3, der::Sequence(Extensions(fields))))
      .bytes();
}

}  // namespace

std::string ComposeTbs(const CaCertificate& certificate) { return Compose(certificate); }

std::string ComposeTbs(const OcspSignerCertificate& certificate) { return Compose(certificate); }

std::string KeyIdentifier(const crypto::PublicKey& key) {
  der::Reader outer(key.spki_der());
  absl::StatusOr<der::Reader> spki = outer.EnterSequence();
  INVARIANT(spki.ok() && spki->ReadAny().ok(), "a PublicKey has the one canonical encoding");
  const absl::StatusOr<std::string_view> bits = spki->ReadOctetsOfBitString();
  INVARIANT(bits.ok(), "a PublicKey has the one canonical encoding");
  return crypto::Sha256(*bits).substr(0, 20);
}

}  // namespace cairn::x509
