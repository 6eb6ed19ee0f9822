#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/lint/oids.h"
#include "libs/lint/take.h"

namespace cairn::lint {
namespace {

using der::Context;
using der::ContextConstructed;
using der::Element;
using der::Reader;

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

absl::StatusOr<Reader> OnlySequence(Reader value) {
  ASSIGN_OR_RETURN(const Reader content, value.EnterSequence());
  RETURN_IF_ERROR(value.Finish());
  return content;
}

absl::Status AuthorityKey(Reader value, View& view) {
  ASSIGN_OR_RETURN(Reader content, OnlySequence(value));
  AuthorityKeyId out;
  ASSIGN_OR_RETURN(const std::optional<Element> key_id, content.ReadOptional(Context(0)));
  if (key_id.has_value()) out.key_id = key_id->content;
  ASSIGN_OR_RETURN(const std::optional<Element> issuer,
                   content.ReadOptional(ContextConstructed(1)));
  ASSIGN_OR_RETURN(const std::optional<Element> serial, content.ReadOptional(Context(2)));
  out.has_issuer = issuer.has_value();
  out.has_serial = serial.has_value();
  view.authority_key_id = out;
  return content.Finish();
}

absl::Status SubjectKey(Reader value, View& view) {
  ASSIGN_OR_RETURN(view.subject_key_id, value.ReadOctetString());
  return value.Finish();
}

absl::Status Usage(Reader value, View& view) {
  ASSIGN_OR_RETURN(const Element bits, value.Read(der::kBitString));
  RETURN_IF_ERROR(value.Finish());
  if (bits.content.empty() || bits.content.size() > 3) {
    return Bad("a BIT STRING of no octets, or of too many");
  }
  KeyUsage usage{.content = bits.content};
  for (size_t i = 0; i < (bits.content.size() - 1) * 8; ++i) {
    const bool is_set = (bits.content[1 + i / 8] & (0x80 >> (i % 8))) != 0;
    usage.bits = static_cast<uint16_t>(usage.bits | (is_set ? 1 << i : 0));
  }
  view.key_usage = usage;
  return absl::OkStatus();
}

absl::Status Constraints(Reader value, View& view) {
  ASSIGN_OR_RETURN(Reader content, OnlySequence(value));
  BasicConstraints out;
  if (content.NextIs(der::kBoolean)) {
    ASSIGN_OR_RETURN(out.is_ca, content.ReadBoolean());
  }
  if (content.NextIs(der::kInteger)) {
    ASSIGN_OR_RETURN(out.path_length, content.ReadSmallInteger());
  }
  view.basic_constraints = out;
  return content.Finish();
}

absl::Status Purposes(Reader value, View& view) {
  ASSIGN_OR_RETURN(Reader content, OnlySequence(value));
  std::vector<std::string_view> out;
  while (!content.AtEnd()) {
    ASSIGN_OR_RETURN(const Element purpose, content.Read(der::kOid));
    out.push_back(purpose.content);
  }
  view.extended_key_usage = std::move(out);
  return absl::OkStatus();
}

absl::Status Policies(Reader value, View& view) {
  ASSIGN_OR_RETURN(Reader content, OnlySequence(value));
  std::vector<PolicyInformation> out;
  while (!content.AtEnd()) {
    ASSIGN_OR_RETURN(Reader information, content.EnterSequence());
    ASSIGN_OR_RETURN(const Element policy, information.Read(der::kOid));
    if (out.size() == kMaxItems) return Bad("too many policies");
    out.push_back({policy.content, {}});
    ASSIGN_OR_RETURN(std::optional<Reader> qualifiers, information.EnterOptional(der::kSequence));
    if (qualifiers.has_value() && qualifiers->AtEnd()) return Bad("a list of no policy qualifiers");
    while (qualifiers.has_value() && !qualifiers->AtEnd()) {
      ASSIGN_OR_RETURN(Reader qualifier, qualifiers->EnterSequence());
      ASSIGN_OR_RETURN(const Element type, qualifier.Read(der::kOid));
      ASSIGN_OR_RETURN(const Element what, qualifier.ReadAny());
      RETURN_IF_ERROR(qualifier.Finish());
      out.back().qualifiers.push_back({type.content, what.tag, what.content});
    }
    RETURN_IF_ERROR(information.Finish());
  }
  view.policies = std::move(out);
  return absl::OkStatus();
}

absl::Status InfoAccess(Reader value, View& view) {
  ASSIGN_OR_RETURN(Reader content, OnlySequence(value));
  std::vector<AccessDescription> out;
  while (!content.AtEnd()) {
    ASSIGN_OR_RETURN(Reader access, content.EnterSequence());
    ASSIGN_OR_RETURN(const Element method, access.Read(der::kOid));
    ASSIGN_OR_RETURN(const Element location, access.ReadAny());
    RETURN_IF_ERROR(access.Finish());
    out.push_back({method.content, {location.tag, location.content}});
  }
  view.authority_info_access = std::move(out);
  return absl::OkStatus();
}

// DistributionPointName: [0] fullName, [1] nameRelativeToCRLIssuer.
absl::Status PointName(Reader name, DistributionPoint& out) {
  ASSIGN_OR_RETURN(const std::optional<Reader> full, name.EnterOptional(ContextConstructed(0)));
  if (full.has_value()) {
    out.has_full_name = true;
    ASSIGN_OR_RETURN(out.names, TakeGeneralNames(*full));
  } else {
    RETURN_IF_ERROR(name.Read(ContextConstructed(1)).status());
    out.has_relative_name = true;
  }
  return name.Finish();
}

absl::Status DistributionPoints(Reader value, View& view) {
  ASSIGN_OR_RETURN(Reader content, OnlySequence(value));
  std::vector<DistributionPoint> out;
  while (!content.AtEnd()) {
    ASSIGN_OR_RETURN(Reader point, content.EnterSequence());
    DistributionPoint& added = out.emplace_back();
    ASSIGN_OR_RETURN(const std::optional<Reader> name, point.EnterOptional(ContextConstructed(0)));
    if (name.has_value()) RETURN_IF_ERROR(PointName(*name, added));
    ASSIGN_OR_RETURN(const std::optional<Element> reasons, point.ReadOptional(Context(1)));
    ASSIGN_OR_RETURN(const std::optional<Element> issuer,
                     point.ReadOptional(ContextConstructed(2)));
    added.has_reasons = reasons.has_value();
    added.has_crl_issuer = issuer.has_value();
    RETURN_IF_ERROR(point.Finish());
  }
  view.crl_distribution_points = std::move(out);
  return absl::OkStatus();
}

absl::Status AlternativeNames(Reader value, View& view) {
  ASSIGN_OR_RETURN(const Reader content, OnlySequence(value));
  ASSIGN_OR_RETURN(view.alternative_names, TakeGeneralNames(content));
  for (const GeneralName& name : *view.alternative_names) {
    if (name.tag == Context(2)) view.dns_names.push_back(name.content);
    if (name.tag == Context(7)) view.ips.push_back(name.content);
  }
  return absl::OkStatus();
}

absl::Status CrlNumber(Reader value, View& view) {
  ASSIGN_OR_RETURN(const Element number, value.Read(der::kInteger));
  view.crl_number = number.content;
  return value.Finish();
}

// RFC 5280 section 5.2.5
absl::Status IssuingPoint(Reader value, View& view) {
  ASSIGN_OR_RETURN(Reader content, OnlySequence(value));
  IssuingDistributionPoint out;
  ASSIGN_OR_RETURN(const std::optional<Reader> name, content.EnterOptional(ContextConstructed(0)));
  if (name.has_value()) RETURN_IF_ERROR(PointName(*name, out.point));
  const auto flag = [&](int number, bool& is_set) -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<Element> octets, content.ReadOptional(Context(number)));
    is_set = octets.has_value() && octets->content != std::string_view("\0", 1);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(flag(1, out.only_user_certificates));
  RETURN_IF_ERROR(flag(2, out.only_ca_certificates));
  RETURN_IF_ERROR(flag(3, out.only_some_reasons));
  RETURN_IF_ERROR(flag(4, out.is_indirect));
  RETURN_IF_ERROR(flag(5, out.only_attribute_certificates));
  view.issuing_distribution_point = out;
  return content.Finish();
}

struct Decoder {
  std::string_view oid;
  absl::Status (*decode)(Reader value, View& view);
};
constexpr Decoder kDecoders[] = {
    {oid::kAuthorityKeyId, AuthorityKey},
    {oid::kSubjectKeyId, SubjectKey},
    {oid::kKeyUsage, Usage},
    {oid::kBasicConstraints, Constraints},
    {oid::kExtKeyUsage, Purposes},
    {oid::kPolicies, Policies},
    {oid::kAuthorityInfoAccess, InfoAccess},
    {oid::kCrlDistributionPoints, DistributionPoints},
    {oid::kSubjectAltName, AlternativeNames},
    {oid::kCrlNumber, CrlNumber},
    {oid::kIssuingDistributionPoint, IssuingPoint},
};

absl::Status Decode(const Extension& extension, View& view) {
  // The SCT list and the key identifiers are DER as well (BR 7.1.2.11.5).
  RETURN_IF_ERROR(der::CheckStrict(extension.value));
  for (const Decoder& decoder : kDecoders) {
    if (decoder.oid == extension.oid) return decoder.decode(Reader(extension.value), view);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadExtension(Reader& list, Extension& extension) {
  ASSIGN_OR_RETURN(Reader item, list.EnterSequence());
  ASSIGN_OR_RETURN(const Element type, item.Read(der::kOid));
  extension.oid = type.content;
  if (item.NextIs(der::kBoolean)) {
    ASSIGN_OR_RETURN(extension.critical, item.ReadBoolean());
    if (!extension.critical) return Bad("an extension spells out that it is not critical");
  }
  ASSIGN_OR_RETURN(extension.value, item.ReadOctetString());
  return item.Finish();
}

absl::Status TakeExtensions(Reader wrapper, View& view) {
  ASSIGN_OR_RETURN(Reader list, wrapper.EnterSequence());
  RETURN_IF_ERROR(wrapper.Finish());
  while (!list.AtEnd()) {
    Extension extension;
    if (view.extensions.size() == kMaxItems) return Bad("too many extensions");
    RETURN_IF_ERROR(ReadExtension(list, extension));
    // The first of several counts; another lint speaks of the others.
    if (view.Find(extension.oid) == nullptr) {
      if (const absl::Status status = Decode(extension, view); !status.ok()) {
        view.broken.push_back(base::Cat(OidText(extension.oid), ": ", Detail(status)));
      }
    }
    view.extensions.push_back(extension);
  }
  return absl::OkStatus();
}

absl::Status TakeRevoked(Reader entry, View& view) {
  RevokedEntry out;
  ASSIGN_OR_RETURN(const Element serial, entry.Read(der::kInteger));
  out.serial = serial.content;
  ASSIGN_OR_RETURN(out.date, TakeTime(entry));
  ASSIGN_OR_RETURN(std::optional<Reader> extensions, entry.EnterOptional(der::kSequence));
  while (extensions.has_value() && !extensions->AtEnd()) {
    Extension extension;
    RETURN_IF_ERROR(ReadExtension(*extensions, extension));
    if (extension.oid != oid::kReasonCode) {
      out.has_other_extension = true;
      continue;
    }
    out.reason_is_critical = extension.critical;
    // An ENUMERATED of one octet; what is none has a number that no rule allows.
    const std::string_view value = extension.value;
    out.reason = value.size() == 3 && value.substr(0, 2) == "\x0a\x01"
                     ? static_cast<uint8_t>(value[2])
                     : 255;
  }
  view.revoked.push_back(out);
  return entry.Finish();
}

}  // namespace cairn::lint
