#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/der/reader.h"
#include "libs/lint/subject.h"

// An object taken apart once, for all lints. Lenient where a lint is to say what
// is wrong; object identifiers are content octets, as in oids.h.
namespace cairn::lint {

struct Attribute {
  std::string_view oid;
  uint8_t tag = 0;
  std::string_view value;
  size_t rdn = 0;  // number of its relative name
};

struct GeneralName {
  uint8_t tag = 0;  // der::Context(2) for dNSName
  std::string_view content;
};

struct Extension {
  std::string_view oid;
  bool critical = false;
  std::string_view value;  // content of the OCTET STRING
};

struct TimeField {
  uint8_t tag = 0;
  std::string_view content;
  // In the one form of RFC 5280; nothing in another.
  std::optional<absl::Time> time;
};

struct AccessDescription {
  std::string_view method;
  GeneralName location;
};

struct PolicyQualifier {
  std::string_view oid;
  uint8_t tag = 0;
  std::string_view value;
};
struct PolicyInformation {
  std::string_view oid;
  std::vector<PolicyQualifier> qualifiers;
};

struct DistributionPoint {
  bool has_full_name = false;
  bool has_relative_name = false;
  bool has_reasons = false;
  bool has_crl_issuer = false;
  std::vector<GeneralName> names;
};

struct IssuingDistributionPoint {
  DistributionPoint point;
  bool only_user_certificates = false;
  bool only_ca_certificates = false;
  bool only_some_reasons = false;
  bool is_indirect = false;
  bool only_attribute_certificates = false;
};

struct AuthorityKeyId {
  std::optional<std::string_view> key_id;
  bool has_issuer = false;
  bool has_serial = false;
};

struct BasicConstraints {
  bool is_ca = false;
  std::optional<int64_t> path_length;
};

struct KeyUsage {
  uint16_t bits = 0;  // 1 << n for bit n
  std::string_view content;
};

struct PublicKeyInfo {
  std::string_view der;
  std::string_view algorithm_der;
  std::string_view algorithm;   // OID
  std::string_view parameters;  // whole element; empty if absent
  std::string_view key;         // content of the BIT STRING after the unused bits
  std::string_view modulus;     // of an RSA key, big-endian without leading zeros
  std::string_view exponent;
  size_t modulus_bits = 0;

  bool is_rsa() const;
  bool is_ec() const;
};

struct RevokedEntry {
  std::string_view serial;
  TimeField date;
  int reason = -1;  // none
  bool reason_is_critical = false;
  bool has_other_extension = false;
};

struct SingleResponse {
  uint8_t status = 0;  // tag: [0] good, [1] revoked, [2] unknown
  std::optional<int64_t> reason;
  TimeField this_update;
  std::optional<TimeField> next_update;
  std::vector<Extension> extensions;
};
struct OcspResponse {
  int64_t status = 0;
  std::string_view type;
  int64_t version = 1;
  bool responder_by_key = false;
  std::string_view responder;  // key hash, or Name
  TimeField produced_at;
  std::vector<SingleResponse> responses;
  size_t response_extensions = 0;
  std::vector<std::string_view> certificates;
};

struct View {
  // Never fails: what can't be read at all is told in `problem`.
  static View Of(const Subject& subject);

  const Extension* Find(std::string_view oid) const;
  const Attribute* FindInSubject(std::string_view oid) const;
  size_t CountInSubject(std::string_view oid) const;
  bool Has(uint16_t needs) const;
  bool IsWeb() const { return subject->pack == policy::Pack::kWebPki; }
  // notAfter - notBefore + 1 s (RFC 5280 section 4.1.2.5); nothing without both.
  std::optional<absl::Duration> Validity() const;
  const KeyFacts& key_facts() const;

  const Subject* subject = nullptr;
  Kind kind{};
  std::string problem;              // why no lint can look at it; empty if they can
  std::string not_der;              // why it is not strict DER to the last level
  std::vector<std::string> broken;  // extensions whose value can't be read, and why

  std::string_view tbs_der;
  std::string_view inner_algorithm;  // whole AlgorithmIdentifier
  std::string_view outer_algorithm;
  std::optional<std::string_view> version;  // content octets of the INTEGER
  std::string_view issuer_name;             // whole Name
  std::vector<Extension> extensions;
  std::optional<AuthorityKeyId> authority_key_id;

  // Certificates.
  std::string_view serial;  // content octets of the INTEGER
  TimeField not_before, not_after;
  std::string_view subject_name;  // whole Name
  std::vector<Attribute> subject_attributes;
  PublicKeyInfo key;
  bool has_unique_id = false;
  std::optional<std::string_view> subject_key_id;
  std::optional<KeyUsage> key_usage;
  std::optional<BasicConstraints> basic_constraints;
  std::optional<std::vector<std::string_view>> extended_key_usage;
  std::optional<std::vector<PolicyInformation>> policies;
  std::optional<std::vector<AccessDescription>> authority_info_access;
  std::optional<std::vector<DistributionPoint>> crl_distribution_points;
  std::optional<std::vector<GeneralName>> alternative_names;
  std::vector<std::string_view> dns_names;  // of alternative_names
  std::vector<std::string_view> ips;

  // CRLs.
  TimeField this_update;
  std::optional<TimeField> next_update;
  bool has_revoked_list = false;
  std::vector<RevokedEntry> revoked;
  std::optional<std::string_view> crl_number;
  std::optional<IssuingDistributionPoint> issuing_distribution_point;

  OcspResponse ocsp;

  std::unique_ptr<const View> issuer;
  std::unique_ptr<const View> precertificate;

 private:
  friend struct Taker;
  mutable std::optional<KeyFacts> key_facts_;
};

// The two forms of RFC 5280 section 4.1.2.5, whatever the year.
std::optional<absl::Time> TimeOf(uint8_t tag, std::string_view content);
// For messages: dotted, or hexadecimal where it is no OID.
std::string OidText(std::string_view content);
// For messages: printable, short.
std::string Text(std::string_view bytes);

}  // namespace cairn::lint
