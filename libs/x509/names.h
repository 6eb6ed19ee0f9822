#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/der/value.h"

namespace cairn::x509 {

// The names of a server in a certificate or a request.
struct Names {
  std::vector<std::string> dns;  // lower case; a wildcard keeps its "*."
  std::vector<std::string> ips;  // 4 or 16 octets each

  bool empty() const { return dns.empty() && ips.empty(); }
  size_t size() const { return dns.size() + ips.size(); }
  // Sorts, and drops duplicates: equal sets become equal values.
  void Normalize();

  friend bool operator==(const Names&, const Names&) = default;
};

// Form only (RFC 1034 section 3.5, BR 7.1.2.7.12): labels of lower-case letters,
// digits and inner hyphens, 1 to 63 octets each, 253 in all, no trailing dot; the
// first may be "*". Whether a CA may issue for it is libs/policy's business.
bool IsDnsName(std::string_view name);

// The octets of an address in its one canonical spelling (RFC 8738 section 3:
// dotted quad, or RFC 5952). Nothing for other spellings, and for IPv4 addresses
// dressed as IPv6.
std::optional<std::string> IpFromText(std::string_view text);
// `octets` has 4 or 16.
std::string IpToText(std::string_view octets);

// GeneralNames with the names in order (RFC 5280 section 4.2.1.6).
der::Value GeneralNames(const Names& names);
// As the names were written, DNS names lower-cased. kMalformed for an empty
// list, for names that are not of a server, and for ones in a wrong form.
absl::StatusOr<Names> ReadGeneralNames(std::string_view general_names_der);

// A distinguished name without attributes, and one with a common name alone.
der::Value EmptyName();
der::Value CommonNameOnly(std::string_view common_name);
// The common name of a Name; nothing if it has none; kMalformed for bad DER, for
// a relative name of several attributes, and for several common names.
absl::StatusOr<std::optional<std::string>> ReadCommonName(std::string_view name_der);

}  // namespace cairn::x509
