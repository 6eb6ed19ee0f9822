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
// ASCII letters and digits, or is longer than what there is.
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

// Who wants to issue what.
struct Request {
  std::span<const std::string> identities;  // our issuer domain names, lower case
  bool wildcard = false;
  std::string_view account_uri;
  std::string_view method;  // "http-01"
};

struct Decision {
  bool permits = false;
  std::string why;  // for people, where it does not; printable
};

// Whether the relevant RRset, given as RDATA, permits this. An empty set does.
// Pure. RFC 8659 section 4, RFC 8657.
Decision Evaluate(std::span<const std::string> rdata, const Request& request);

// SHA-256 over the RDATA in sorted order, each after its length in two octets.
std::string Digest(std::span<const std::string> rdata);

// As in a zone file: `0 issue "ca.example"`; malformed RDATA as `\# 3 0a0b0c`.
std::string ToText(std::string_view rdata);

}  // namespace cairn::caa
