#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::dns {

// DNS messages (RFC 1035 section 4.1) as tests' servers write them.

std::string Uint16(int value);
// "www.a.test": uncompressed. "" is the root.
std::string WireName(std::string_view name);
// A record of class IN with a TTL of 300 s.
std::string WireRecord(std::string_view owner, int type, std::string_view rdata);
// The RDATA of a TXT record with one string after another, each of 255 octets at most.
std::string WireText(std::string_view text);

// What a query asks.
struct WireQuestion {
  std::string name;  // lower case
  int type = 0;
  std::string_view octets;  // name, type and class as they stand in the query
  bool mixed_case = false;  // of `octets`
};
// Nothing for what is no query with one question.
std::optional<WireQuestion> ReadQuestion(std::string_view query);

}  // namespace cairn::dns
