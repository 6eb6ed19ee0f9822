#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "protos/core/v1/core.pb.h"

namespace cairn::acme {

// A name that a subscriber asked for, in canonical form.
struct RequestedName {
  core::v1::Identifier identifier;  // without the wildcard's "*."
  bool wildcard = false;
};

// Reads an identifier of newOrder (RFC 8555 section 7.1.3). `type` and `value` as
// the client wrote them. A DNS name becomes lower case and must be made of LDH
// labels (NAME-01 to NAME-08); "*." may stand before it. An IP address must be in
// its one canonical form (RFC 8738 section 3).
//
// kMalformed: not a name at all; kUnsupportedIdentifier: another type;
// kRejectedIdentifier: a name that is never issued, whatever the deployment
// (.onion, in-addr.arpa, ip6.arpa).
// Public suffixes and block lists are for libs/policy.
absl::StatusOr<RequestedName> ParseIdentifier(std::string_view type, std::string_view value);

// The same for a bare DNS name, without a wildcard, as it stands in a SAN. Only
// the canonical form is accepted.
absl::Status CheckDnsName(std::string_view name);

}  // namespace cairn::acme
