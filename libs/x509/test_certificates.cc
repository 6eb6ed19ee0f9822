#include "libs/x509/test_certificates.h"

#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/random.h"
#include "libs/crypto/digest.h"
#include "libs/der/tags.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/ca_certificate.h"
#include "libs/x509/oids.h"
#include "libs/x509/tbs_certificate.h"

namespace cairn::testing {

using x509::oid::kBasicConstraints;
using x509::oid::kKeyUsage;
using x509::oid::kSubjectKeyIdentifier;

std::string MakeCsr(const crypto::PrivateKey& key, const CsrParts& parts) {
  const crypto::SignatureAlgorithm algorithm =
      parts.algorithm.value_or(x509::CertificateAlgorithm(key.public_key().type()));
  der::Value subject =
      parts.common_name ? x509::CommonNameOnly(*parts.common_name) : x509::EmptyName();
  if (parts.subject) subject = *parts.subject;

  der::Value attributes = der::Wrap(der::ContextConstructed(0), "");
  if (!parts.names.empty() || parts.general_names) {
    const der::Value names =
        parts.general_names ? *parts.general_names : x509::GeneralNames(parts.names);
    const der::Value extensions = der::Sequence(
        der::Sequence(der::Oid(x509::oid::kSubjectAltName), der::OctetString(names.bytes())));
    attributes = der::Explicit(
        0, der::Sequence(der::Oid(x509::oid::kExtensionRequest), der::Set({extensions})));
  }
  if (parts.attributes) attributes = *parts.attributes;

  const der::Value info = der::Sequence(der::Integer(parts.version), subject,
                                        der::Raw(key.public_key().spki_der()), attributes);
  const std::string signature = key.Sign(algorithm, info.bytes()).value();
  const std::string algorithm_der =
      parts.algorithm_der.value_or(std::string(x509::AlgorithmIdentifier(algorithm)));
  return der::Sequence(info, der::Raw(algorithm_der), der::BitString(signature)).bytes();
}

std::string MakeCsr(const crypto::PrivateKey& key, const std::vector<std::string>& dns_names) {
  CsrParts parts;
  parts.names.dns = dns_names;
  return MakeCsr(key, parts);
}

TestIssuer::TestIssuer(std::string_view common_name, crypto::KeyType type, absl::Time not_before,
                       absl::Time not_after, const TestIssuer* parent)
    : key_(crypto::PrivateKey::Generate(type)),
      name_der_(x509::CommonNameOnly(common_name).bytes()),
      key_id_(crypto::Sha256(key_.public_key().spki_der()).substr(0, 20)) {
  const TestIssuer& issuer = parent == nullptr ? *this : *parent;
  const crypto::SignatureAlgorithm algorithm =
      x509::CertificateAlgorithm(issuer.key().public_key().type());
  base::SystemRandom random;
  const auto extension = [](std::string_view oid, bool critical, const der::Value& value) {
    const der::Value octets = der::OctetString(value.bytes());
    return critical ? der::Sequence(der::Oid(oid), der::Boolean(true), octets)
                    : der::Sequence(der::Oid(oid), octets);
  };
  const der::Value tbs = der::Sequence(
      der::Explicit(0, der::Integer(2)),
      der::UnsignedInteger(x509::SerialNumber::Draw(1, random).bytes()),
      der::Raw(x509::AlgorithmIdentifier(algorithm)), der::Raw(issuer.name_der()),
      der::Sequence(der::Time(not_before), der::Time(not_after)), der::Raw(name_der_),
      der::Raw(key_.public_key().spki_der()),
      der::Explicit(
          3, der::Sequence(
                 extension(kBasicConstraints, true, der::Sequence(der::Boolean(true))),
                 extension(kKeyUsage, true, der::NamedBits({x509::kKeyCertSign, x509::kCrlSign})),
                 extension(kSubjectKeyIdentifier, false, der::OctetString(key_id_)),
                 extension(x509::oid::kAuthorityKeyIdentifier, false,
                           der::Sequence(der::Implicit(0, der::OctetString(issuer.key_id())))))));
  certificate_der_ = x509::ComposeCertificate(tbs.bytes(), algorithm,
                                              issuer.key().Sign(algorithm, tbs.bytes()).value());
}

std::string TestIssuer::certificate_pem() const {
  return base::ToPem("CERTIFICATE", certificate_der_);
}

std::string DelegateOcsp(const TestIssuer& issuer, const crypto::PublicKey& key,
                         absl::Time not_before, absl::Time not_after) {
  const crypto::SignatureAlgorithm algorithm =
      x509::CertificateAlgorithm(issuer.key().public_key().type());
  const std::string tbs = x509::ComposeTbs(
      x509::OcspSignerCertificate{.serial = "\x21",
                                  .algorithm = algorithm,
                                  .issuer_der = issuer.name_der(),
                                  .subject_der = x509::CommonNameOnly("OCSP").bytes(),
                                  .not_before = not_before,
                                  .not_after = not_after,
                                  .public_key = key,
                                  .subject_key_id = x509::KeyIdentifier(key),
                                  .authority_key_id = issuer.key_id()});
  return x509::ComposeCertificate(tbs, algorithm, issuer.key().Sign(algorithm, tbs).value());
}

}  // namespace cairn::testing
