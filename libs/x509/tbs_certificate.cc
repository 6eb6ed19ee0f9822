#include "libs/x509/tbs_certificate.h"

#include <algorithm>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/der/reader.h"
#include "libs/der/value.h"
#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/oids.h"

namespace cairn::x509 {
namespace {

constexpr uint8_t kUri = der::Context(6);  // of GeneralName

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

// ---- Writing ----

// `critical` is DEFAULT FALSE, so DER leaves it out then.
der::Value Critical(std::string_view oid, const der::Value& value) {
  return der::Sequence(der::Oid(oid), der::Boolean(true), der::OctetString(value.bytes()));
}
der::Value NonCritical(std::string_view oid, const der::Value& value) {
  return der::Sequence(der::Oid(oid), der::OctetString(value.bytes()));
}

der::Value Extensions(const Leaf& leaf) {
  std::vector<der::Value> out;
  // PROF-24
  out.push_back(Critical(oid::kKeyUsage, der::NamedBits(LeafKeyUsage(leaf))));
  // PROF-19, PROF-20
  std::vector<der::Value> purposes;
  for (const std::string& purpose : LeafPurposes(leaf)) purposes.push_back(der::Oid(purpose));
  out.push_back(NonCritical(oid::kExtKeyUsage, der::Sequence(purposes)));
  // PROF-25: cA is DEFAULT FALSE, so the sequence is empty.
  out.push_back(Critical(oid::kBasicConstraints, der::Sequence()));
  // PROF-17: keyIdentifier only.
  out.push_back(
      NonCritical(oid::kAuthorityKeyIdentifier,
                  der::Sequence(der::Implicit(0, der::OctetString(leaf.authority_key_id)))));
  // PROF-16
  if (leaf.ca_issuers_url.has_value()) {
    out.push_back(NonCritical(
        oid::kAuthorityInfoAccess,
        der::Sequence(der::Sequence(der::Oid(oid::kCaIssuers),
                                    der::Implicit(6, der::Ia5String(*leaf.ca_issuers_url))))));
  }
  // PROF-27: one DistributionPoint of one fullName.
  if (leaf.crl_url.has_value()) {
    const der::Value full_name =
        der::Implicit(0, der::Sequence(der::Implicit(6, der::Ia5String(*leaf.crl_url))));
    out.push_back(NonCritical(oid::kCrlDistributionPoints,
                              der::Sequence(der::Sequence(der::Explicit(0, full_name)))));
  }
  // PROF-18: one reserved policy, no qualifiers.
  out.push_back(NonCritical(oid::kCertificatePolicies,
                            der::Sequence(der::Sequence(der::Oid(oid::kDomainValidated)))));
  // PROF-21: critical if, and only if, the subject is empty.
  const der::Value names = GeneralNames(leaf.names);
  out.push_back(leaf.common_name.has_value() ? NonCritical(oid::kSubjectAltName, names)
                                             : Critical(oid::kSubjectAltName, names));
  return der::Sequence(out);
}

// ---- Reading ----

absl::StatusOr<std::string> ReadUri(der::Reader& reader) {
  ASSIGN_OR_RETURN(const der::Element uri, reader.Read(kUri));
  if (!std::all_of(uri.content.begin(), uri.content.end(),
                   [](char c) { return c > 0x20 && c < 0x7f; })) {
    return Bad("a URI has characters that it may not have");
  }
  return std::string(uri.content);
}

absl::Status ReadKeyUsage(der::Reader value, TbsCertificate& out) {
  ASSIGN_OR_RETURN(const der::Element bits, value.Read(der::kBitString));
  RETURN_IF_ERROR(value.Finish());
  const std::string_view octets = bits.content.substr(1);
  for (size_t i = 0; i < octets.size() * 8; ++i) {
    if ((octets[i / 8] & (0x80 >> (i % 8))) != 0) out.key_usage.push_back(static_cast<int>(i));
  }
  // X.690 11.2.2: no trailing zero bits.
  const size_t count = octets.size() * 8 - static_cast<size_t>(bits.content[0]);
  if (out.key_usage.empty() || static_cast<size_t>(out.key_usage.back()) + 1 != count) {
    return Bad("keyUsage has no bits, or trailing zeros");
  }
  return absl::OkStatus();
}

absl::Status ReadBasicConstraints(der::Reader value, TbsCertificate& out) {
  ASSIGN_OR_RETURN(der::Reader constraints, value.EnterSequence());
  RETURN_IF_ERROR(value.Finish());
  if (constraints.NextIs(der::kBoolean)) {
    ASSIGN_OR_RETURN(out.is_ca, constraints.ReadBoolean());
    if (!out.is_ca) return Bad("basicConstraints spells its default out");
  }
  if (!constraints.AtEnd()) {
    ASSIGN_OR_RETURN(out.path_length, constraints.ReadSmallInteger());
    if (!out.is_ca) return Bad("a path length without a CA");
  }
  return constraints.Finish();
}

absl::Status ReadAuthorityKeyId(der::Reader value, TbsCertificate& out) {
  ASSIGN_OR_RETURN(der::Reader identifier, value.EnterSequence());
  RETURN_IF_ERROR(value.Finish());
  ASSIGN_OR_RETURN(const der::Element key_id, identifier.Read(der::Context(0)));
  RETURN_IF_ERROR(identifier.Finish());
  out.authority_key_id = std::string(key_id.content);
  return absl::OkStatus();
}

absl::Status ReadOidList(der::Reader value, std::vector<std::string>& out) {
  ASSIGN_OR_RETURN(der::Reader list, value.EnterSequence());
  RETURN_IF_ERROR(value.Finish());
  while (!list.AtEnd()) {
    ASSIGN_OR_RETURN(std::string oid, list.ReadOid());
    out.push_back(std::move(oid));
  }
  return absl::OkStatus();
}

absl::Status ReadPolicies(der::Reader value, TbsCertificate& out) {
  ASSIGN_OR_RETURN(der::Reader list, value.EnterSequence());
  RETURN_IF_ERROR(value.Finish());
  while (!list.AtEnd()) {
    ASSIGN_OR_RETURN(der::Reader policy, list.EnterSequence());
    ASSIGN_OR_RETURN(std::string oid, policy.ReadOid());
    out.policies.push_back(std::move(oid));
  }
  return absl::OkStatus();
}

absl::Status ReadAuthorityInfoAccess(der::Reader value, TbsCertificate& out) {
  ASSIGN_OR_RETURN(der::Reader list, value.EnterSequence());
  RETURN_IF_ERROR(value.Finish());
  while (!list.AtEnd()) {
    ASSIGN_OR_RETURN(der::Reader access, list.EnterSequence());
    ASSIGN_OR_RETURN(const std::string method, access.ReadOid());
    ASSIGN_OR_RETURN(std::string uri, ReadUri(access));
    RETURN_IF_ERROR(access.Finish());
    if (method == oid::kCaIssuers) {
      out.ca_issuers_urls.push_back(std::move(uri));
    } else if (method == oid::kOcsp) {
      out.ocsp_urls.push_back(std::move(uri));
    } else {
      return Bad("authorityInfoAccess has a method that isn't read");
    }
  }
  return absl::OkStatus();
}

absl::Status ReadCrlDistributionPoints(der::Reader value, TbsCertificate& out) {
  ASSIGN_OR_RETURN(der::Reader list, value.EnterSequence());
  RETURN_IF_ERROR(value.Finish());
  while (!list.AtEnd()) {
    ASSIGN_OR_RETURN(der::Reader point, list.EnterSequence());
    ASSIGN_OR_RETURN(der::Reader name, point.Enter(der::ContextConstructed(0)));
    RETURN_IF_ERROR(point.Finish());
    ASSIGN_OR_RETURN(der::Reader full_name, name.Enter(der::ContextConstructed(0)));
    RETURN_IF_ERROR(name.Finish());
    while (!full_name.AtEnd()) {
      ASSIGN_OR_RETURN(std::string uri, ReadUri(full_name));
      out.crl_urls.push_back(std::move(uri));
    }
  }
  return absl::OkStatus();
}

absl::Status DecodeExtension(const Extension& extension, TbsCertificate& out) {
  const der::Reader value(extension.value);
  if (extension.oid == oid::kKeyUsage) return ReadKeyUsage(value, out);
  if (extension.oid == oid::kBasicConstraints) return ReadBasicConstraints(value, out);
  if (extension.oid == oid::kAuthorityKeyIdentifier) return ReadAuthorityKeyId(value, out);
  if (extension.oid == oid::kExtKeyUsage) return ReadOidList(value, out.extended_key_usage);
  if (extension.oid == oid::kCertificatePolicies) return ReadPolicies(value, out);
  if (extension.oid == oid::kAuthorityInfoAccess) return ReadAuthorityInfoAccess(value, out);
  if (extension.oid == oid::kCrlDistributionPoints) return ReadCrlDistributionPoints(value, out);
  if (extension.oid == oid::kSubjectKeyIdentifier) {
    der::Reader reader = value;
    ASSIGN_OR_RETURN(const std::string_view key_id, reader.ReadOctetString());
    out.subject_key_id = std::string(key_id);
    return reader.Finish();
  }
  if (extension.oid == oid::kSubjectAltName) {
    ASSIGN_OR_RETURN(out.names, ReadGeneralNames(extension.value));
  }
  return absl::OkStatus();
}

absl::Status ReadExtensions(der::Reader wrapper, TbsCertificate& out) {
  ASSIGN_OR_RETURN(der::Reader list, wrapper.EnterSequence());
  RETURN_IF_ERROR(wrapper.Finish());
  if (list.AtEnd()) return Bad("the list of extensions is empty");
  while (!list.AtEnd()) {
    ASSIGN_OR_RETURN(der::Reader item, list.EnterSequence());
    Extension extension;
    ASSIGN_OR_RETURN(extension.oid, item.ReadOid());
    if (item.NextIs(der::kBoolean)) {
      ASSIGN_OR_RETURN(extension.critical, item.ReadBoolean());
      if (!extension.critical) return Bad("an extension spells its default out");
    }
    ASSIGN_OR_RETURN(const std::string_view value, item.ReadOctetString());
    RETURN_IF_ERROR(item.Finish());
    // PROF-34: extension values are DER as well.
    RETURN_IF_ERROR(der::CheckStrict(value));
    extension.value = std::string(value);
    if (out.Find(extension.oid) != nullptr) return Bad("an extension appears twice");
    RETURN_IF_ERROR(DecodeExtension(extension, out));
    out.extensions.push_back(std::move(extension));
  }
  return absl::OkStatus();
}

}  // namespace

std::string ComposeTbs(const Leaf& leaf) {
  INVARIANT(!leaf.names.empty() && !leaf.authority_key_id.empty(),
            "the options and the request were checked for them");
  const der::Value tbs =
      der::Sequence(der::Explicit(0, der::Integer(2)),  // version: v3
                    der::UnsignedInteger(leaf.serial.bytes()),
                    der::Raw(AlgorithmIdentifier(leaf.algorithm)), der::Raw(leaf.issuer_der),
                    der::Sequence(der::Time(leaf.not_before), der::Time(leaf.not_after)),
                    leaf.common_name.has_value() ? CommonNameOnly(*leaf.common_name) : EmptyName(),
                    der::Raw(leaf.public_key.spki_der()), der::Explicit(3, Extensions(leaf)));
  return tbs.bytes();
}

std::string ComposeCertificate(std::string_view tbs_der, crypto::SignatureAlgorithm algorithm,
                               std::string_view signature) {
  return der::Sequence(der::Raw(tbs_der), der::Raw(AlgorithmIdentifier(algorithm)),
                       der::BitString(signature))
      .bytes();
}

absl::StatusOr<TbsCertificate> TbsCertificate::Parse(std::string_view tbs_der) {
  RETURN_IF_ERROR(der::CheckStrict(tbs_der));
  der::Reader outer(tbs_der);
  ASSIGN_OR_RETURN(der::Reader tbs, outer.EnterSequence());
  TbsCertificate out;

  ASSIGN_OR_RETURN(der::Reader version, tbs.Enter(der::ContextConstructed(0)));
  ASSIGN_OR_RETURN(const int64_t number, version.ReadSmallInteger());
  RETURN_IF_ERROR(version.Finish());
  if (number != 2) return Bad("the certificate is not of version 3");

  ASSIGN_OR_RETURN(const std::string_view serial, tbs.ReadIntegerOctets());
  out.serial = std::string(serial);
  ASSIGN_OR_RETURN(const der::Element algorithm, tbs.Read(der::kSequence));
  out.algorithm_der = std::string(algorithm.der);
  ASSIGN_OR_RETURN(const der::Element issuer, tbs.Read(der::kSequence));
  out.issuer_der = std::string(issuer.der);

  ASSIGN_OR_RETURN(der::Reader validity, tbs.EnterSequence());
  ASSIGN_OR_RETURN(out.not_before, validity.ReadTime());
  ASSIGN_OR_RETURN(out.not_after, validity.ReadTime());
  RETURN_IF_ERROR(validity.Finish());

  ASSIGN_OR_RETURN(const der::Element subject, tbs.Read(der::kSequence));
  out.subject_der = std::string(subject.der);
  ASSIGN_OR_RETURN(out.common_name, ReadCommonName(subject.der));
  ASSIGN_OR_RETURN(const der::Element spki, tbs.Read(der::kSequence));
  out.spki_der = std::string(spki.der);

  // The unique identifiers [1] and [2] may not appear (PROF-14): Enter refuses them.
  ASSIGN_OR_RETURN(const der::Reader extensions, tbs.Enter(der::ContextConstructed(3)));
  RETURN_IF_ERROR(tbs.Finish());
  RETURN_IF_ERROR(ReadExtensions(extensions, out));
  return out;
}

const Extension* TbsCertificate::Find(std::string_view oid) const {
  for (const Extension& extension : extensions) {
    if (extension.oid == oid) return &extension;
  }
  return nullptr;
}

std::vector<int> LeafKeyUsage(const Leaf& leaf) {
  if (leaf.public_key.type() == crypto::KeyType::kRsa && !leaf.rsa_signature_only) {
    return {kDigitalSignature, kKeyEncipherment};
  }
  return {kDigitalSignature};
}

std::vector<std::string> LeafPurposes(const Leaf& leaf) {
  std::vector<std::string> purposes = {std::string(oid::kServerAuth)};
  if (leaf.client_auth) purposes.emplace_back(oid::kClientAuth);
  return purposes;
}

}  // namespace cairn::x509
