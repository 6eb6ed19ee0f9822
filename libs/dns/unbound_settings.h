#pragma once

#include <string>
#include <utility>
#include <vector>

#include "libs/dns/unbound_resolver.h"

namespace cairn::dns {

// What libunbound is told, in its own words: option and value, as in
// unbound.conf(5), in order. All that keeps validation strict is said, defaults
// included, so that no other release can turn it off (BR 4.2.2.2.4).
std::vector<std::pair<std::string, std::string>> UnboundSettings(
    const UnboundResolver::Options& options);

// "192.0.2.53:53" and "[2001:db8::53]:53" as libunbound writes it: "192.0.2.53@53".
std::string UnboundAddress(const std::string& address);

}  // namespace cairn::dns
