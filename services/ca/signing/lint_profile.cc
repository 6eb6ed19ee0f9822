#include "services/ca/signing/lint_profile.h"

#include <string>
#include <string_view>
#include <vector>

#include "libs/der/tags.h"
#include "libs/der/value.h"

namespace cairn::ca::signing {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kAuthorityInfoAccess = "1.3.6.1.5.5.7.1.1";
constexpr std::string_view kCrlDistributionPoints = "2.5.29.31";

// digitalSignature, with and without keyEncipherment (PROF-24).
constexpr std::string_view kSignature = "\x03\x02\x07\x80"sv;
constexpr std::string_view kSignatureAndEncipherment = "\x03\x02\x05\xa0"sv;

// serverAuth, with and without clientAuth (PROF-19).
constexpr std::string_view kServer = "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"sv;
constexpr std::string_view kServerAndClient =
    "\x30\x14\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02"sv;

// PROF-18, PROF-25, PROF-36
constexpr std::string_view kDomainValidated = "\x30\x0a\x30\x08\x06\x06\x67\x81\x0c\x01\x02\x01"sv;
constexpr std::string_view kNoCa = "\x30\x00"sv;
constexpr std::string_view kPoison = "\x05\x00"sv;

// PROF-16, PROF-27. One way to a place, and one place.
std::string CaIssuersAt(const std::string& url) {
  return der::Sequence(
             der::Sequence(der::Oid("1.3.6.1.5.5.7.48.2"), der::Implicit(6, der::Ia5String(url))))
      .bytes();
}
std::string CrlAt(const std::string& url) {
  const std::string name = der::Implicit(6, der::Ia5String(url)).bytes();
  const der::Value full_name = der::Wrap(der::ContextConstructed(0), name);
  return der::Sequence(der::Sequence(der::Explicit(0, full_name))).bytes();
}

std::optional<std::string> ValueOf(std::string_view oid, const LeafProfile& leaf) {
  if (oid == "2.5.29.15") {
    const bool enciphers = leaf.key_type == crypto::KeyType::kRsa && !leaf.rsa_signature_only;
    return std::string(enciphers ? kSignatureAndEncipherment : kSignature);
  }
  if (oid == "2.5.29.37") return std::string(leaf.client_auth ? kServerAndClient : kServer);
  if (oid == "2.5.29.32") return std::string(kDomainValidated);
  if (oid == "2.5.29.19") return std::string(kNoCa);
  if (oid == kAuthorityInfoAccess && leaf.ca_issuers_url) return CaIssuersAt(*leaf.ca_issuers_url);
  if (oid == kCrlDistributionPoints && leaf.crl_url) return CrlAt(*leaf.crl_url);
  if (oid == "1.3.6.1.4.1.11129.2.4.3") return std::string(kPoison);
  return std::nullopt;
}

}  // namespace

lint::Profile LintProfile(const LeafProfile& leaf) {
  lint::Profile profile = lint::CairnProfile(leaf.validity, leaf.has_common_name, leaf.last);
  std::erase_if(profile.extensions, [&](const lint::ProfileExtension& extension) {
    return (extension.oid == kAuthorityInfoAccess && !leaf.ca_issuers_url) ||
           (extension.oid == kCrlDistributionPoints && !leaf.crl_url);
  });
  for (lint::ProfileExtension& extension : profile.extensions) {
    extension.required = true;
    extension.value = ValueOf(extension.oid, leaf);
  }
  return profile;
}

}  // namespace cairn::ca::signing
