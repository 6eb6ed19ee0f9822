#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::dns {

// The CNAME chain that starts at the question of a DNS message (RFC 1035 section
// 4): the targets in order, in lower case without trailing dot, octets outside
// printable ASCII escaped as \DDD. Nothing for a message that breaks the format.
// At most 32 targets: a longer chain is a loop.
std::optional<std::vector<std::string>> AliasesIn(std::string_view message);

// Whether the authority section has an SOA record, as that of an answer which says
// "there is nothing" must (RFC 2308 section 2). False for a broken message.
bool HasAuthoritySoa(std::string_view message);

}  // namespace cairn::dns
