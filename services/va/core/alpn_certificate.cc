#include "services/va/core/alpn_certificate.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/ip_address.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/public_key.h"
#include "libs/der/reader.h"
#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/oids.h"

namespace cairn::va {
namespace {

// RFC 8737 section 6.1, and what its drafts used before the number was assigned.
constexpr std::string_view kAcmeIdentifier = "1.3.6.1.5.5.7.1.31";
constexpr std::string_view kDraftAcmeIdentifier = "1.3.6.1.5.5.7.1.30.1";
constexpr size_t kDigestSize = 32;
// Real ones have less than one kilobyte, with RSA of 8192 bits less than three.
constexpr size_t kMaxSize = 16 * 1024;
constexpr size_t kMaxNamesShown = 128;

// GeneralName's choices (RFC 5280 section 4.2.1.6).
constexpr uint8_t kRfc822Name = der::Context(1);
constexpr uint8_t kDnsName = der::Context(2);
constexpr uint8_t kUri = der::Context(6);
constexpr uint8_t kIpAddress = der::Context(7);

struct Extension {
  std::string oid;
  bool critical = false;
  std::string_view value;  // content of the OCTET STRING
};

// What of a certificate matters here: views into it.
struct Parts {
  std::string_view tbs_der;
  std::string_view inner_algorithm_der;  // the one that is signed
  std::string_view algorithm_der;
  std::string_view signature;
  std::string_view issuer_der;
  std::string_view subject_der;
  std::string_view spki_der;
  std::vector<Extension> extensions;

  const Extension* Find(std::string_view oid) const {
    const auto found = std::find_if(extensions.begin(), extensions.end(),
                                    [&](const Extension& item) { return item.oid == oid; });
    return found == extensions.end() ? nullptr : &*found;
  }
};

absl::Status Wrong(std::string_view detail) {
  return errors::Make(errors::Reason::kIncorrectResponse, detail);
}

absl::Status ReadExtensions(der::Reader wrapper, Parts& parts) {
  ASSIGN_OR_RETURN(der::Reader list, wrapper.EnterSequence());
  RETURN_IF_ERROR(wrapper.Finish());
  while (!list.AtEnd()) {
    ASSIGN_OR_RETURN(der::Reader item, list.EnterSequence());
    Extension extension;
    ASSIGN_OR_RETURN(extension.oid, item.ReadOid());
    if (item.NextIs(der::kBoolean)) {
      ASSIGN_OR_RETURN(extension.critical, item.ReadBoolean());
    }
    ASSIGN_OR_RETURN(extension.value, item.ReadOctetString());
    RETURN_IF_ERROR(item.Finish());
    parts.extensions.push_back(std::move(extension));
  }
  return absl::OkStatus();
}

// Certificate (RFC 5280 section 4.1). More lenient than libs/x509, which reads
// what CAs sign: here extensions of no concern may hold anything, and dates are
// not looked at.
absl::StatusOr<Parts> Read(std::string_view der) {
  RETURN_IF_ERROR(der::CheckStrict(der));
  Parts parts;
  der::Reader outer(der);
  ASSIGN_OR_RETURN(der::Reader certificate, outer.EnterSequence());
  ASSIGN_OR_RETURN(const der::Element tbs_element, certificate.Read(der::kSequence));
  ASSIGN_OR_RETURN(const der::Element algorithm, certificate.Read(der::kSequence));
  ASSIGN_OR_RETURN(parts.signature, certificate.ReadOctetsOfBitString());
  RETURN_IF_ERROR(certificate.Finish());
  parts.tbs_der = tbs_element.der;
  parts.algorithm_der = algorithm.der;

  der::Reader tbs(tbs_element.content);
  ASSIGN_OR_RETURN(der::Reader version, tbs.Enter(der::ContextConstructed(0)));
  ASSIGN_OR_RETURN(const int64_t number, version.ReadSmallInteger());
  RETURN_IF_ERROR(version.Finish());
  if (number != 2) return errors::Make(errors::Reason::kMalformed, "not of version 3");
  RETURN_IF_ERROR(tbs.ReadIntegerOctets().status());
  ASSIGN_OR_RETURN(const der::Element inner_algorithm, tbs.Read(der::kSequence));
  ASSIGN_OR_RETURN(const der::Element issuer, tbs.Read(der::kSequence));
  RETURN_IF_ERROR(tbs.Read(der::kSequence).status());  // validity
  ASSIGN_OR_RETURN(const der::Element subject, tbs.Read(der::kSequence));
  ASSIGN_OR_RETURN(const der::Element spki, tbs.Read(der::kSequence));
  // issuerUniqueID and subjectUniqueID
  RETURN_IF_ERROR(tbs.ReadOptional(der::Context(1)).status());
  RETURN_IF_ERROR(tbs.ReadOptional(der::Context(2)).status());
  ASSIGN_OR_RETURN(const auto extensions, tbs.EnterOptional(der::ContextConstructed(3)));
  RETURN_IF_ERROR(tbs.Finish());
  parts.inner_algorithm_der = inner_algorithm.der;
  parts.issuer_der = issuer.der;
  parts.subject_der = subject.der;
  parts.spki_der = spki.der;
  if (extensions) RETURN_IF_ERROR(ReadExtensions(*extensions, parts));
  return parts;
}

// RFC 5280 section 4.2: each extension at most once.
absl::Status CheckOnce(const Parts& parts) {
  std::vector<std::string_view> oids;
  for (const Extension& extension : parts.extensions) oids.push_back(extension.oid);
  std::sort(oids.begin(), oids.end());
  const auto twice = std::adjacent_find(oids.begin(), oids.end());
  if (twice == oids.end()) return absl::OkStatus();
  const std::string_view name = *twice == kAcmeIdentifier              ? "acmeIdentifier"
                                : *twice == x509::oid::kSubjectAltName ? "subjectAltName"
                                                                       : *twice;
  return Wrong(base::Cat("it has the extension ", base::Escaped(name, 80), " twice"));
}

std::string ForPeople(const der::Element& name) {
  switch (name.tag) {
    case kDnsName:
      return base::Cat("DNS:", name.content);
    case kIpAddress:
      if (const auto ip = base::IpAddress::FromBytes(name.content)) {
        return base::Cat("IP:", ip->ToText());
      }
      return "IP of a wrong length";
    case kRfc822Name:
      return base::Cat("email:", name.content);
    case kUri:
      return base::Cat("URI:", name.content);
    default:
      return "a name of another type";
  }
}

// Exactly one name: the identifier.
absl::Status CheckName(const Parts& parts, const core::v1::Identifier& identifier) {
  const auto ip = identifier.type() == core::v1::Identifier::TYPE_IP
                      ? base::IpAddress::Parse(identifier.value())
                      : std::nullopt;
  const std::string expected =
      base::Cat(ip ? "IP:" : "DNS:", base::Escaped(identifier.value(), 253));
  const Extension* extension = parts.Find(x509::oid::kSubjectAltName);
  if (extension == nullptr) {
    return Wrong(base::Cat("it has no subjectAltName; expected ", expected));
  }
  der::Reader outer(extension->value);
  absl::StatusOr<der::Reader> list = outer.EnterSequence();
  if (!list.ok() || !outer.Finish().ok()) return Wrong("its subjectAltName is malformed");
  size_t count = 0;
  bool matches = false;
  std::string found;
  for (; !list->AtEnd(); ++count) {
    const absl::StatusOr<der::Element> name = list->ReadAny();
    if (!name.ok()) return Wrong("its subjectAltName is malformed");
    matches = ip ? name->tag == kIpAddress && name->content == ip->bytes()
                 : name->tag == kDnsName &&
                       base::ToLower(name->content) == base::ToLower(identifier.value());
    if (found.size() <= kMaxNamesShown)
      found += base::Cat(count == 0 ? "" : ", ", ForPeople(*name));
  }
  if (count == 1 && matches) return absl::OkStatus();
  return Wrong(base::Cat("its subjectAltName must be exactly ", expected, ", but is \"",
                         base::Escaped(found, kMaxNamesShown), "\""));
}

absl::Status CheckAcmeIdentifier(const Parts& parts, std::string_view digest) {
  const Extension* extension = parts.Find(kAcmeIdentifier);
  if (extension == nullptr) {
    // Some clients, such as version 2 of certbot's library, still write it.
    if (parts.Find(kDraftAcmeIdentifier) != nullptr) {
      return Wrong(
          base::Cat("it has no acmeIdentifier extension (", kAcmeIdentifier,
                    "), but the one of an early draft (", kDraftAcmeIdentifier,
                    "): the ACME client is too old for tls-alpn-01 as RFC 8737 specifies it"));
    }
    return Wrong(base::Cat("it has no acmeIdentifier extension (", kAcmeIdentifier,
                           "): is it the server's ordinary certificate?"));
  }
  if (!extension->critical) return Wrong("its acmeIdentifier extension is not critical");
  der::Reader reader(extension->value);
  const absl::StatusOr<std::string_view> value = reader.ReadOctetString();
  if (!value.ok() || !reader.Finish().ok() || value->size() != kDigestSize) {
    return Wrong(base::Cat("its acmeIdentifier must be a DER OCTET STRING of ", kDigestSize,
                           " octets, but is ",
                           base::ToHex(extension->value.substr(0, kDigestSize + 2)),
                           extension->value.size() > kDigestSize + 2 ? "..." : ""));
  }
  if (!base::ConstantTimeEquals(*value, digest)) {
    return Wrong(base::Cat("its acmeIdentifier must be the SHA-256 of the key authorization, ",
                           base::ToHex(digest), ", but is ", base::ToHex(*value)));
  }
  return absl::OkStatus();
}

absl::Status CheckSelfSigned(const Parts& parts) {
  if (parts.issuer_der != parts.subject_der) {
    return Wrong("it is not self-signed: its issuer is not its subject");
  }
  const auto algorithm = x509::AlgorithmFromIdentifier(parts.algorithm_der);
  const auto key = crypto::PublicKey::FromSpkiDer(parts.spki_der);
  if (!algorithm || parts.inner_algorithm_der != parts.algorithm_der || !key.ok()) {
    return Wrong("it has a key or a signature of a kind that can't be checked");
  }
  if (!key->Verify(*algorithm, parts.tbs_der, parts.signature)) {
    return Wrong("it is not self-signed: its signature does not verify with its own key");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAlpnCertificate(std::string_view der, const core::v1::Identifier& identifier,
                                  std::string_view digest) {
  if (der.size() > kMaxSize) return Wrong("it has more than 16 KiB");
  const absl::StatusOr<Parts> parts = Read(der);
  if (!parts.ok()) {
    return Wrong(base::Cat("it is no X.509 certificate of version 3 in DER: ",
                           errors::PayloadOf(parts.status()).detail()));
  }
  RETURN_IF_ERROR(CheckOnce(*parts));
  RETURN_IF_ERROR(CheckName(*parts, identifier));
  RETURN_IF_ERROR(CheckAcmeIdentifier(*parts, digest));
  // Last, as it costs most.
  return CheckSelfSigned(*parts);
}

}  // namespace cairn::va
