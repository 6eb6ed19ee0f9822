#include "services/va/core/test_alpn_certificate.h"

#include "libs/base/ip_address.h"
#include "libs/der/tags.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/names.h"
#include "libs/x509/tbs_certificate.h"

namespace cairn::testing {

der::Value DnsName(std::string_view name) { return der::Wrap(der::Context(2), name); }
der::Value IpName(std::string_view address) {
  return der::Wrap(der::Context(7), base::IpAddress::Parse(address).value().bytes());
}
der::Value EmailName(std::string_view address) { return der::Wrap(der::Context(1), address); }
der::Value UriName(std::string_view uri) { return der::Wrap(der::Context(6), uri); }

der::Value Extension(std::string_view oid, bool critical, std::string_view value) {
  const der::Value octets = der::OctetString(value);
  return critical ? der::Sequence(der::Oid(oid), der::Boolean(true), octets)
                  : der::Sequence(der::Oid(oid), octets);
}

der::Value NamesExtension(const std::vector<der::Value>& names) {
  return Extension(kSubjectAltName, false, der::Sequence(names).bytes());
}

der::Value AcmeIdentifierExtension(std::string_view digest) {
  return Extension(kAcmeIdentifier, true, der::OctetString(digest).bytes());
}

std::string MakeAlpnCertificate(const crypto::PrivateKey& key, const AlpnCertificateParts& parts) {
  const crypto::PrivateKey& signer = parts.signer == nullptr ? key : *parts.signer;
  const auto algorithm = x509::CertificateAlgorithm(signer.public_key().type());
  const std::vector<der::Value> extensions = parts.extensions.value_or(
      std::vector<der::Value>{NamesExtension(parts.names), AcmeIdentifierExtension(parts.digest)});
  std::vector<der::Value> tbs = {
      der::Explicit(0, der::Integer(parts.version)),
      der::Integer(1),
      der::Raw(x509::AlgorithmIdentifier(parts.signed_algorithm.value_or(algorithm))),
      x509::CommonNameOnly(parts.issuer),
      der::Sequence(der::Time(parts.not_before), der::Time(parts.not_after)),
      x509::CommonNameOnly("ACME challenge"),
      der::Raw(key.public_key().spki_der()),
  };
  if (!extensions.empty()) tbs.push_back(der::Explicit(3, der::Sequence(extensions)));
  const std::string tbs_der = der::Sequence(tbs).bytes();
  return x509::ComposeCertificate(tbs_der, algorithm, signer.Sign(algorithm, tbs_der).value());
}

}  // namespace cairn::testing
