#include "libs/x509/csr.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/der/reader.h"
#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/oids.h"

namespace cairn::x509 {
namespace {

// Real requests take one or two kilobytes; a hundred names of the usual length
// with a key of 4096 bits take five.
constexpr size_t kMaxSize = 16 * 1024;
constexpr size_t kMaxNames = 256;

absl::Status Bad(std::string_view detail) { return errors::Make(errors::Reason::kBadCsr, detail); }

// The names in the extensions of one extensionRequest attribute (RFC 2985 5.4.2).
absl::StatusOr<Names> ReadExtensionRequest(der::Reader values) {
  Names names;
  ASSIGN_OR_RETURN(der::Reader extensions, values.EnterSequence());
  RETURN_IF_ERROR(values.Finish());
  while (!extensions.AtEnd()) {
    ASSIGN_OR_RETURN(der::Reader extension, extensions.EnterSequence());
    ASSIGN_OR_RETURN(const std::string type, extension.ReadOid());
    if (extension.NextIs(der::kBoolean)) RETURN_IF_ERROR(extension.ReadBoolean().status());
    ASSIGN_OR_RETURN(const std::string_view value, extension.ReadOctetString());
    RETURN_IF_ERROR(extension.Finish());
    if (type != oid::kSubjectAltName) continue;
    if (!names.empty()) return Bad("the request has two subject alternative names");
    ASSIGN_OR_RETURN(names, ReadGeneralNames(value));
  }
  return names;
}

absl::StatusOr<Names> ReadAttributes(der::Reader attributes) {
  Names names;
  bool has_request = false;
  while (!attributes.AtEnd()) {
    ASSIGN_OR_RETURN(der::Reader attribute, attributes.EnterSequence());
    ASSIGN_OR_RETURN(const std::string type, attribute.ReadOid());
    ASSIGN_OR_RETURN(der::Reader values, attribute.Enter(der::kSet));
    RETURN_IF_ERROR(attribute.Finish());
    if (type != oid::kExtensionRequest) continue;
    if (std::exchange(has_request, true)) return Bad("the request has two lists of extensions");
    ASSIGN_OR_RETURN(names, ReadExtensionRequest(values));
  }
  return names;
}

absl::Status AddCommonName(std::string_view common_name, Names& names) {
  if (const std::optional<std::string> ip = IpFromText(common_name)) {
    names.ips.push_back(*ip);
  } else if (IsDnsName(common_name)) {
    names.dns.emplace_back(common_name);
  } else {
    return Bad(base::Cat("the common name is no server's name: ", base::Escaped(common_name, 80)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Csr> Csr::Parse(std::string_view der) {
  absl::StatusOr<Csr> csr = ParseStructure(der);
  if (csr.ok() || errors::ReasonOf(csr.status()) == errors::Reason::kBadCsr) return csr;
  return Bad(errors::PayloadOf(csr.status()).detail());
}

absl::StatusOr<Csr> Csr::ParseStructure(std::string_view der) {
  if (der.size() > kMaxSize) return Bad("the request is longer than 16 KiB");
  RETURN_IF_ERROR(der::CheckStrict(der));

  // CertificationRequest
  der::Reader outer(der);
  ASSIGN_OR_RETURN(der::Reader request, outer.EnterSequence());
  ASSIGN_OR_RETURN(const der::Element info_element, request.Read(der::kSequence));
  ASSIGN_OR_RETURN(const der::Element algorithm_element, request.Read(der::kSequence));
  ASSIGN_OR_RETURN(const std::string_view signature, request.ReadOctetsOfBitString());
  RETURN_IF_ERROR(request.Finish());

  // CertificationRequestInfo
  der::Reader info(info_element.content);
  ASSIGN_OR_RETURN(const int64_t version, info.ReadSmallInteger());
  if (version != 0) return Bad("the request is not of version 1");
  ASSIGN_OR_RETURN(const der::Element subject, info.Read(der::kSequence));
  ASSIGN_OR_RETURN(const der::Element spki, info.Read(der::kSequence));
  // Some clients leave the (mandatory) empty list out; nothing hangs on it.
  ASSIGN_OR_RETURN(const std::optional<der::Reader> attributes,
                   info.EnterOptional(der::ContextConstructed(0)));
  RETURN_IF_ERROR(info.Finish());

  const std::optional<crypto::SignatureAlgorithm> algorithm =
      AlgorithmFromIdentifier(algorithm_element.der);
  if (!algorithm.has_value()) {
    return Bad(
        "the request is signed with something else than RSA (PKCS#1 v1.5), ECDSA or Ed25519 "
        "with SHA-256, SHA-384 or SHA-512");
  }
  ASSIGN_OR_RETURN(crypto::PublicKey public_key, crypto::PublicKey::FromSpkiDer(spki.der));
  if (!public_key.Verify(*algorithm, info_element.der, signature)) {
    return Bad("the request's signature does not verify with its own key");
  }

  Names names;
  if (attributes.has_value()) {
    ASSIGN_OR_RETURN(names, ReadAttributes(*attributes));
  }
  ASSIGN_OR_RETURN(std::optional<std::string> common_name, ReadCommonName(subject.der));
  if (common_name.has_value()) {
    *common_name = base::ToLower(*common_name);
    RETURN_IF_ERROR(AddCommonName(*common_name, names));
  }
  names.Normalize();
  if (names.empty()) return Bad("the request names no server");
  if (names.size() > kMaxNames) return Bad("the request has more than 256 names");
  return Csr(std::move(public_key), std::move(names), std::move(common_name));
}

}  // namespace cairn::x509
