#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::caa {

// One CAA resource record (RFC 8659 section 4.1).
struct Record {
  uint8_t flags = 0;
  std::string tag;    // lower case
  std::string value;  // any octets

  bool critical() const { return (flags & 0x80) != 0; }
};

// Nothing where `rdata` is not one: its tag is empty, has other characters than
// ASCII letters and digits, or is longer than what there is. Tags of more than 15
// characters are records: RFC 8659 has dropped the limit of RFC 6844.
std::optional<Record> ParseRecord(std::string_view rdata);

// The value of an issue or issuewild property (RFC 8659 section 4.2).
struct IssueValue {
  struct Parameter {
    std::string tag;  // lower case
    std::string value;
  };
  std::string issuer;  // lower case; "": nobody may issue
  std::vector<Parameter> parameters;
};
// Nothing where `value` does not match the grammar: such a value authorises nobody.
std::optional<IssueValue> ParseIssueValue(std::string_view value);

// What stands where the issuer's name does, in lower case, also in a value that is
// malformed behind it.
std::string IssuerOf(std::string_view value);

// Whether `name` may stand for a CA in its own configuration and in challenges: of
// several labels, in lower case, without a trailing dot (draft-ietf-acme-dns-persist
// section 3.1).
bool IsIdentity(std::string_view name);

// The reports that a name's owner asks for: the values of its iodef properties, as
// they stand there (RFC 8659 section 4.4). Malformed records have none.
std::vector<std::string> ReportUrls(std::span<const std::string> rdata);

// Who wants to issue what.
struct Request {
  std::span<const std::string> identities;  // our issuer domain names, lower case
  bool wildcard = false;
  // All URIs that the account has, or once had, here (RFC 8657 section 3.1).
  std::span<const std::string> account_uris;
  std::string_view method;  // "http-01"
};

// For people and for the record; all of it is printable.
struct Decision {
  bool permits = false;
  std::string why;          // where it does not permit; follows the record's text
  std::string_view clause;  // the rule that decided: "RFC 8659 section 4.2"
  // The record that decided, by its place in the set: the one that authorises, or
  // of those that don't the one that comes closest. None where the whole set did.
  std::optional<size_t> record;
};

// Whether the relevant RRset, given as RDATA, permits this. An empty set does.
// Pure. RFC 8659 section 4, RFC 8657, BR 4.2.2.1.2.
//
// What RFC 8657 leaves open is decided against issuing: a list of methods that is
// not in its grammar, and two such lists, authorise nobody. Labels of methods
// have a case.
Decision Evaluate(std::span<const std::string> rdata, const Request& request);

// SHA-256 over the RDATA in sorted order, each after its length in two octets.
std::string Digest(std::span<const std::string> rdata);

// As in a zone file: `0 issue "ca.example"`; malformed RDATA as `\# 3 0a0b0c`.
std::string ToText(std::string_view rdata);

}  // namespace cairn::caa
