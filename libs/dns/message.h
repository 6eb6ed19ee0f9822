#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/dns/resolver.h"

namespace cairn::dns {

// What a DNS message (RFC 1035 section 4) says of its one question.
struct Message {
  int rcode = 0;
  // The CNAME chain that starts at the question: the targets in order, in lower
  // case without trailing dot, octets outside printable ASCII escaped as \DDD. At
  // most 32: a longer chain is a loop.
  std::vector<std::string> aliases;
  // RDATA of the records of the type asked for, at the end of that chain.
  std::vector<std::string> records;
  // The least of the chain's and the records'; of the authority section's SOA record
  // where there are no records; 0 where there is neither.
  uint32_t ttl = 0;
  // Whether the authority section has an SOA record, as that of an answer which says
  // "there is nothing" must (RFC 2308 section 2).
  bool authority_soa = false;
};

// Of class IN. `type`: whose RDATA holds no names, as those are not made whole
// where they are compressed. Nothing for a message that breaks the format.
std::optional<Message> ReadMessage(std::string_view message, Type type);

}  // namespace cairn::dns
