#include "libs/x509/ocsp_request.h"

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "libs/x509/oids.h"

namespace cairn::x509 {
namespace {

using der::ContextConstructed;

constexpr size_t kMaxOctets = 10000;
constexpr size_t kMaxCertificates = 32;
// RFC 8954 section 2.1.
constexpr size_t kMaxNonce = 32;

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

// Extensions of the request or of one of its entries. `nonce` is null where none
// may be.
absl::Status ReadExtensions(der::Reader wrapper, std::optional<std::string>* nonce) {
  ASSIGN_OR_RETURN(der::Reader list, wrapper.EnterSequence());
  RETURN_IF_ERROR(wrapper.Finish());
  if (list.AtEnd()) return Bad("a list of extensions is empty");
  while (!list.AtEnd()) {
    ASSIGN_OR_RETURN(der::Reader extension, list.EnterSequence());
    ASSIGN_OR_RETURN(const std::string oid, extension.ReadOid());
    bool critical = false;
    if (extension.NextIs(der::kBoolean)) {
      ASSIGN_OR_RETURN(critical, extension.ReadBoolean());
    }
    ASSIGN_OR_RETURN(const std::string_view value, extension.ReadOctetString());
    RETURN_IF_ERROR(extension.Finish());
    if (oid == oid::kOcspNonce && nonce != nullptr) {
      if (nonce->has_value()) return Bad("there are two nonces");
      der::Reader inner(value);
      ASSIGN_OR_RETURN(const std::string_view octets, inner.ReadOctetString());
      RETURN_IF_ERROR(inner.Finish());
      if (octets.empty() || octets.size() > kMaxNonce) return Bad("the nonce has a wrong length");
      *nonce = std::string(octets);
    } else if (critical) {
      return Bad("a critical extension is unknown");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<OcspRequest> ReadTbsRequest(der::Reader tbs) {
  OcspRequest out;
  // DER leaves the default, version 1, out; many clients spell it out.
  ASSIGN_OR_RETURN(std::optional<der::Reader> version, tbs.EnterOptional(ContextConstructed(0)));
  if (version.has_value()) {
    ASSIGN_OR_RETURN(const int64_t number, version->ReadSmallInteger());
    RETURN_IF_ERROR(version->Finish());
    if (number != 0) return Bad("the request is not of version 1");
  }
  RETURN_IF_ERROR(tbs.ReadOptional(ContextConstructed(1)).status());  // requestorName
  ASSIGN_OR_RETURN(der::Reader list, tbs.EnterSequence());
  while (!list.AtEnd()) {
    if (out.certificates.size() == kMaxCertificates) return Bad("too many certificates");
    ASSIGN_OR_RETURN(der::Reader entry, list.EnterSequence());
    ASSIGN_OR_RETURN(OcspCertId id, ReadOcspCertId(entry));
    out.certificates.push_back(std::move(id));
    ASSIGN_OR_RETURN(const std::optional<der::Reader> extensions,
                     entry.EnterOptional(ContextConstructed(0)));
    RETURN_IF_ERROR(entry.Finish());
    if (extensions.has_value()) RETURN_IF_ERROR(ReadExtensions(*extensions, nullptr));
  }
  if (out.certificates.empty()) return Bad("no certificate is asked about");
  ASSIGN_OR_RETURN(const std::optional<der::Reader> extensions,
                   tbs.EnterOptional(ContextConstructed(2)));
  RETURN_IF_ERROR(tbs.Finish());
  if (extensions.has_value()) RETURN_IF_ERROR(ReadExtensions(*extensions, &out.nonce));
  return out;
}

}  // namespace

absl::StatusOr<OcspRequest> OcspRequest::Parse(std::string_view der) {
  if (der.size() > kMaxOctets) return Bad("the request is too long");
  RETURN_IF_ERROR(der::CheckStrict(der));
  der::Reader outer(der);
  ASSIGN_OR_RETURN(der::Reader request, outer.EnterSequence());
  ASSIGN_OR_RETURN(const der::Reader tbs, request.EnterSequence());
  RETURN_IF_ERROR(request.ReadOptional(ContextConstructed(0)).status());  // optionalSignature
  RETURN_IF_ERROR(request.Finish());
  return ReadTbsRequest(tbs);
}

}  // namespace cairn::x509
