#include "libs/x509/crl.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "libs/base/encoding.h"
#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/der/reader.h"
#include "libs/der/value.h"
#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/oids.h"

namespace cairn::x509 {
namespace {

constexpr uint8_t kEnumerated = 0x0a;
constexpr uint8_t kUri = der::Context(6);  // of GeneralName
// CRL-09, and RFC 5280 section 4.1.2.2 for serials.
constexpr size_t kMaxNumberOctets = 20;

constexpr std::string_view kBegin = "-----BEGIN X509 CRL-----";
constexpr std::string_view kEnd = "-----END X509 CRL-----";

struct ReasonRow {
  RevocationReason reason;
  std::string_view name;
};
constexpr std::array<ReasonRow, 5> kReasons = {{
    {RevocationReason::kKeyCompromise, "keyCompromise"},
    {RevocationReason::kAffiliationChanged, "affiliationChanged"},
    {RevocationReason::kSuperseded, "superseded"},
    {RevocationReason::kCessationOfOperation, "cessationOfOperation"},
    {RevocationReason::kPrivilegeWithdrawn, "privilegeWithdrawn"},
}};

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

// Whether it is a positive number below 2^159 without leading zeros, or zero.
bool IsShortest(std::string_view big_endian) {
  return !big_endian.empty() && big_endian.size() <= kMaxNumberOctets &&
         (big_endian.size() < kMaxNumberOctets || (big_endian[0] & 0x80) == 0) &&
         (big_endian[0] != '\0' || big_endian.size() == 1);
}

// The order of the numbers, not of the octets.
bool IsBefore(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// ---- Writing ----

der::Value Extension(std::string_view oid, bool critical, const der::Value& value) {
  const der::Value octets = der::OctetString(value.bytes());
  return critical ? der::Sequence(der::Oid(oid), der::Boolean(true), octets)
                  : der::Sequence(der::Oid(oid), octets);
}

der::Value Entry(const RevokedCertificate& revoked) {
  const der::Value serial = der::UnsignedInteger(revoked.serial);
  const der::Value time = der::Time(revoked.revoked_at);
  if (!revoked.reason.has_value()) return der::Sequence(serial, time);
  const char number = static_cast<char>(*revoked.reason);
  // CRL-15: non-critical.
  return der::Sequence(
      serial, time,
      der::Sequence(Extension(oid::kCrlReason, false, der::Wrap(kEnumerated, {&number, 1}))));
}

// CRL-10, CRL-11: fullName; of the flags only those that are true are written.
der::Value Scope(const CrlScope& scope) {
  const der::Value full_name =
      der::Implicit(0, der::Sequence(der::Implicit(6, der::Ia5String(scope.url))));
  std::vector<der::Value> parts = {der::Explicit(0, full_name)};
  if (scope.only_user_certificates) parts.push_back(der::Implicit(1, der::Boolean(true)));
  if (scope.only_ca_certificates) parts.push_back(der::Implicit(2, der::Boolean(true)));
  return der::Sequence(parts);
}

der::Value Extensions(const CrlContent& content) {
  // CRL-08: keyIdentifier only.
  std::vector<der::Value> list = {
      Extension(oid::kAuthorityKeyIdentifier, false,
                der::Sequence(der::Implicit(0, der::OctetString(content.authority_key_id)))),
      Extension(oid::kCrlNumber, false, der::UnsignedInteger(content.number))};
  if (content.scope.has_value()) {
    list.push_back(Extension(oid::kIssuingDistributionPoint, true, Scope(*content.scope)));
  }
  return der::Sequence(list);
}

// ---- Reading ----

struct ReadExtension {
  std::string oid;
  bool critical = false;
  std::string_view value;
};

absl::StatusOr<ReadExtension> ReadOneExtension(der::Reader& list) {
  ASSIGN_OR_RETURN(der::Reader item, list.EnterSequence());
  ReadExtension extension;
  ASSIGN_OR_RETURN(extension.oid, item.ReadOid());
  if (item.NextIs(der::kBoolean)) {
    ASSIGN_OR_RETURN(extension.critical, item.ReadBoolean());
    if (!extension.critical) return Bad("an extension spells its default out");
  }
  ASSIGN_OR_RETURN(extension.value, item.ReadOctetString());
  RETURN_IF_ERROR(item.Finish());
  RETURN_IF_ERROR(der::CheckStrict(extension.value));
  return extension;
}

// A number that is not negative, big-endian without leading zeros.
absl::StatusOr<std::string> ReadNumber(der::Reader& reader) {
  ASSIGN_OR_RETURN(std::string_view octets, reader.ReadIntegerOctets());
  if ((octets[0] & 0x80) != 0) return Bad("a number is negative");
  if (octets.size() > 1 && octets[0] == '\0') octets.remove_prefix(1);
  if (!IsShortest(octets)) return Bad("a number is not below 2^159");
  return std::string(octets);
}

absl::StatusOr<RevocationReason> ReadReason(der::Reader list) {
  ASSIGN_OR_RETURN(const ReadExtension extension, ReadOneExtension(list));
  RETURN_IF_ERROR(list.Finish());
  // CRL-15, CRL-19
  if (extension.oid != oid::kCrlReason || extension.critical) {
    return Bad("an entry has an extension other than a reason that isn't critical");
  }
  der::Reader value(extension.value);
  ASSIGN_OR_RETURN(const der::Element number, value.Read(kEnumerated));
  RETURN_IF_ERROR(value.Finish());
  const std::optional<RevocationReason> reason =
      number.content.size() == 1 ? RevocationReasonFromNumber(number.content[0]) : std::nullopt;
  if (!reason.has_value()) return Bad("an entry has a reason that it may not have");
  return *reason;
}

absl::Status ReadEntries(der::Reader list, CrlContent& out) {
  // CRL-18: RFC 5280 section 5.1.2.6 wants an empty list left out.
  if (list.AtEnd()) return Bad("the list of revoked certificates is there, but empty");
  std::unordered_set<std::string> seen;
  while (!list.AtEnd()) {
    ASSIGN_OR_RETURN(der::Reader item, list.EnterSequence());
    RevokedCertificate revoked;
    ASSIGN_OR_RETURN(revoked.serial, ReadNumber(item));
    ASSIGN_OR_RETURN(revoked.revoked_at, item.ReadTime());
    if (!item.AtEnd()) {
      ASSIGN_OR_RETURN(const der::Reader extensions, item.EnterSequence());
      ASSIGN_OR_RETURN(revoked.reason, ReadReason(extensions));
    }
    RETURN_IF_ERROR(item.Finish());
    // CRL-19
    if (!seen.insert(revoked.serial).second) return Bad("a serial is revoked twice");
    out.revoked.push_back(std::move(revoked));
  }
  return absl::OkStatus();
}

absl::Status ReadScope(der::Reader value, CrlContent& out) {
  ASSIGN_OR_RETURN(der::Reader parts, value.EnterSequence());
  RETURN_IF_ERROR(value.Finish());
  CrlScope scope;
  ASSIGN_OR_RETURN(der::Reader name, parts.Enter(der::ContextConstructed(0)));
  ASSIGN_OR_RETURN(der::Reader full_name, name.Enter(der::ContextConstructed(0)));
  RETURN_IF_ERROR(name.Finish());
  ASSIGN_OR_RETURN(const der::Element uri, full_name.Read(kUri));
  RETURN_IF_ERROR(full_name.Finish());
  if (uri.content.empty() || !std::all_of(uri.content.begin(), uri.content.end(),
                                          [](char c) { return c > 0x20 && c < 0x7f; })) {
    return Bad("a URI has characters that it may not have");
  }
  scope.url = std::string(uri.content);
  for (const auto& [number, flag] :
       {std::pair(1, &scope.only_user_certificates), std::pair(2, &scope.only_ca_certificates)}) {
    ASSIGN_OR_RETURN(const std::optional<der::Element> set,
                     parts.ReadOptional(der::Context(number)));
    if (!set.has_value()) continue;
    if (set->content != "\xff") return Bad("a flag of the scope is not TRUE");
    *flag = true;
  }
  // CRL-11: [3] to [5] are not allowed, and so trailing data.
  RETURN_IF_ERROR(parts.Finish());
  if (scope.only_user_certificates && scope.only_ca_certificates) {
    return Bad("a scope of user certificates only and CA certificates only");
  }
  out.scope = std::move(scope);
  return absl::OkStatus();
}

absl::Status ReadExtensions(der::Reader wrapper, CrlContent& out) {
  ASSIGN_OR_RETURN(der::Reader list, wrapper.EnterSequence());
  RETURN_IF_ERROR(wrapper.Finish());
  while (!list.AtEnd()) {
    ASSIGN_OR_RETURN(const ReadExtension extension, ReadOneExtension(list));
    der::Reader value(extension.value);
    if (extension.oid == oid::kAuthorityKeyIdentifier && !extension.critical &&
        out.authority_key_id.empty()) {
      ASSIGN_OR_RETURN(der::Reader identifier, value.EnterSequence());
      RETURN_IF_ERROR(value.Finish());
      ASSIGN_OR_RETURN(const der::Element key_id, identifier.Read(der::Context(0)));
      RETURN_IF_ERROR(identifier.Finish());
      out.authority_key_id = std::string(key_id.content);
    } else if (extension.oid == oid::kCrlNumber && !extension.critical && out.number.empty()) {
      ASSIGN_OR_RETURN(out.number, ReadNumber(value));
      RETURN_IF_ERROR(value.Finish());
    } else if (extension.oid == oid::kIssuingDistributionPoint && extension.critical &&
               !out.scope.has_value()) {
      RETURN_IF_ERROR(ReadScope(value, out));
    } else {
      // CRL-26: a delta CRL indicator or a pointer to one, among others.
      return Bad("an extension of the CRL is unknown, repeated or wrongly critical");
    }
  }
  if (out.authority_key_id.empty() || out.number.empty()) {
    return Bad("the CRL lacks its authority key identifier or its number");
  }
  return absl::OkStatus();
}

absl::StatusOr<CrlContent> ReadTbsCertList(std::string_view tbs_der) {
  RETURN_IF_ERROR(der::CheckStrict(tbs_der));
  der::Reader outer(tbs_der);
  ASSIGN_OR_RETURN(der::Reader tbs, outer.EnterSequence());
  CrlContent out;
  ASSIGN_OR_RETURN(const int64_t version, tbs.ReadSmallInteger());
  if (version != 1) return Bad("the CRL is not of version 2");
  ASSIGN_OR_RETURN(const der::Element algorithm_element, tbs.Read(der::kSequence));
  const std::optional<crypto::SignatureAlgorithm> algorithm =
      AlgorithmFromIdentifier(algorithm_element.der);
  if (!algorithm.has_value()) return Bad("the CRL's signature algorithm isn't read");
  out.algorithm = *algorithm;
  ASSIGN_OR_RETURN(const der::Element issuer, tbs.Read(der::kSequence));
  out.issuer_der = std::string(issuer.der);
  ASSIGN_OR_RETURN(out.this_update, tbs.ReadTime());
  ASSIGN_OR_RETURN(out.next_update, tbs.ReadTime());
  if (tbs.NextIs(der::kSequence)) {
    ASSIGN_OR_RETURN(const der::Reader entries, tbs.EnterSequence());
    RETURN_IF_ERROR(ReadEntries(entries, out));
  }
  ASSIGN_OR_RETURN(const der::Reader extensions, tbs.Enter(der::ContextConstructed(0)));
  RETURN_IF_ERROR(tbs.Finish());
  RETURN_IF_ERROR(ReadExtensions(extensions, out));
  return out;
}

}  // namespace

std::string_view NameOf(RevocationReason reason) {
  for (const ReasonRow& row : kReasons) {
    if (row.reason == reason) return row.name;
  }
  INVARIANT(false, "every reason has a row");
  return "";
}

std::optional<RevocationReason> RevocationReasonFromName(std::string_view name) {
  for (const ReasonRow& row : kReasons) {
    if (row.name == name) return row.reason;
  }
  return std::nullopt;
}

std::optional<RevocationReason> RevocationReasonFromNumber(int number) {
  for (const ReasonRow& row : kReasons) {
    if (static_cast<int>(row.reason) == number) return row.reason;
  }
  return std::nullopt;
}

std::string ComposeTbsCertList(CrlContent content) {
  INVARIANT(!content.authority_key_id.empty() && IsShortest(content.number) &&
                content.this_update <= content.next_update,
            "callers check what they are given");
  std::sort(content.revoked.begin(), content.revoked.end(),
            [](const RevokedCertificate& a, const RevokedCertificate& b) {
              return IsBefore(a.serial, b.serial);
            });
  std::vector<der::Value> entries;
  entries.reserve(content.revoked.size());
  for (size_t i = 0; i < content.revoked.size(); ++i) {
    INVARIANT(IsShortest(content.revoked[i].serial), "serials are positive and below 2^159");
    INVARIANT(i == 0 || content.revoked[i - 1].serial != content.revoked[i].serial,
              "a certificate is revoked once");
    entries.push_back(Entry(content.revoked[i]));
  }
  std::vector<der::Value> tbs = {der::Integer(1),  // version: v2
                                 der::Raw(AlgorithmIdentifier(content.algorithm)),
                                 der::Raw(content.issuer_der), der::Time(content.this_update),
                                 der::Time(content.next_update)};
  // CRL-18
  if (!entries.empty()) tbs.push_back(der::Sequence(entries));
  tbs.push_back(der::Explicit(0, Extensions(content)));
  return der::Sequence(tbs).bytes();
}

std::string ComposeCrl(std::string_view tbs_der, crypto::SignatureAlgorithm algorithm,
                       std::string_view signature) {
  return der::Sequence(der::Raw(tbs_der), der::Raw(AlgorithmIdentifier(algorithm)),
                       der::BitString(signature))
      .bytes();
}

absl::StatusOr<Crl> Crl::Parse(std::string_view der) {
  der::Reader outer(der);
  ASSIGN_OR_RETURN(der::Reader reader, outer.EnterSequence());
  RETURN_IF_ERROR(outer.Finish());
  ASSIGN_OR_RETURN(const der::Element tbs, reader.Read(der::kSequence));
  ASSIGN_OR_RETURN(const der::Element algorithm, reader.Read(der::kSequence));
  ASSIGN_OR_RETURN(const std::string_view signature, reader.ReadOctetsOfBitString());
  RETURN_IF_ERROR(reader.Finish());
  ASSIGN_OR_RETURN(CrlContent content, ReadTbsCertList(tbs.der));
  // CRL-07
  if (algorithm.der != AlgorithmIdentifier(content.algorithm)) {
    return Bad("the CRL names two signature algorithms");
  }
  Crl crl(std::string(der), std::move(content));
  crl.tbs_offset_ = static_cast<size_t>(tbs.der.data() - der.data());
  crl.tbs_size_ = tbs.der.size();
  crl.signature_ = std::string(signature);
  return crl;
}

absl::StatusOr<Crl> Crl::FromPem(std::string_view pem) {
  const size_t begin = pem.find(kBegin);
  if (begin == std::string_view::npos) return Bad("there is no X509 CRL block");
  pem.remove_prefix(begin + kBegin.size());
  const size_t end = pem.find(kEnd);
  if (end == std::string_view::npos) return Bad("a PEM block has no end");
  if (pem.find(kBegin) != std::string_view::npos) return Bad("there are several X509 CRL blocks");
  std::string text(pem.substr(0, end));
  text.erase(std::remove_if(text.begin(), text.end(),
                            [](char c) { return c == '\n' || c == '\r' || c == ' '; }),
             text.end());
  const std::optional<std::string> der = base::FromBase64(text);
  if (!der.has_value()) return Bad("a PEM block is not base64");
  return Parse(*der);
}

bool Crl::VerifySignature(const crypto::PublicKey& issuer) const {
  return issuer.Verify(content_.algorithm, tbs_der(), signature_);
}

}  // namespace cairn::x509
