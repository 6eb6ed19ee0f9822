#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/private_key.h"
#include "libs/der/value.h"

// Certificates that answer tls-alpn-01, some of them wrong on purpose.
namespace cairn::testing {

inline constexpr char kAcmeIdentifier[] = "1.3.6.1.5.5.7.1.31";
inline constexpr char kDraftAcmeIdentifier[] = "1.3.6.1.5.5.7.1.30.1";
inline constexpr char kSubjectAltName[] = "2.5.29.17";

// GeneralNames.
der::Value DnsName(std::string_view name);
der::Value IpName(std::string_view address);  // text
der::Value EmailName(std::string_view address);
der::Value UriName(std::string_view uri);

// `value` is the content of extnValue, DER or not.
der::Value Extension(std::string_view oid, bool critical, std::string_view value);
der::Value NamesExtension(const std::vector<der::Value>& names);

struct AlpnCertificateParts {
  std::vector<der::Value> names;
  std::string digest;  // of the key authorization
  // In place of the subjectAltName and the acmeIdentifier of the above.
  std::optional<std::vector<der::Value>> extensions;
  absl::Time not_before = absl::FromUnixSeconds(1'700'000'000);
  absl::Time not_after = absl::FromUnixSeconds(4'000'000'000);
  std::string issuer = "ACME challenge";       // the subject too is called so by default
  const crypto::PrivateKey* signer = nullptr;  // null: the key itself
  std::optional<crypto::SignatureAlgorithm> signed_algorithm;  // named in the TBSCertificate
  int version = 2;
};
std::string MakeAlpnCertificate(const crypto::PrivateKey& key, const AlpnCertificateParts& parts);

// The usual acmeIdentifier.
der::Value AcmeIdentifierExtension(std::string_view digest);

}  // namespace cairn::testing
