#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/ip_address.h"
#include "libs/base/strings.h"
#include "libs/dns/resolver.h"
#include "libs/policy/addresses.h"
#include "protos/va/v1/va.pb.h"

namespace cairn::va {

// Where a host is, and what of it is dialled.
struct Destination {
  std::vector<base::IpAddress> found;
  std::vector<base::IpAddress> to_dial;  // at most one of each family, IPv6 first
  std::string dnssec;                    // of the weaker answer; empty for an address
  std::vector<std::string> aliases;      // CNAME targets in order
};

// What is asked of DNS about a host name, IPv6 first.
std::vector<dns::Question> AddressQuestions(const std::string& name);
// What a validation that dials its identifier will ask first.
std::vector<dns::Question> AddressQuestions(const v1::Subject& subject);

// Fills `destination` for the host, which is `ip` if that is given. kDns for a
// name without addresses or with a forged answer; kConnection if all of them are
// such as are never contacted (VAL-29). Keeps what it found in any case. Blocks
// until call.deadline.
absl::Status FindDestination(const base::Call& call, dns::Resolver& resolver,
                             const policy::AddressRules& rules, const std::string& host,
                             const std::optional<base::IpAddress>& ip, Destination& destination);

// How many of the addresses go into receipts.
inline constexpr size_t kMaxAddressesKept = 16;

// Writes it down. `record` is a message with the fields of evidence.v1.Hop.
template <typename Record>
void Describe(const Destination& destination, Record& record) {
  for (const base::IpAddress& address : destination.found) {
    if (static_cast<size_t>(record.addresses_size()) == kMaxAddressesKept) break;
    record.add_addresses(address.ToText());
  }
  record.set_dnssec(destination.dnssec);
  for (const std::string& alias : destination.aliases) record.add_aliases(alias);
}

// " [192.0.2.1:80]" for people, with the address that was tried before; "" before
// anything was dialled.
template <typename Record>
std::string DialledNote(const Record& record) {
  if (record.dialled().empty()) return "";
  if (record.first_dialled().empty()) return base::Cat(" [", record.dialled(), "]");
  return base::Cat(" [", record.dialled(), ", as ", record.first_dialled(), " did not answer]");
}

// Dials with `dial`, which takes an address and tells in `connected` whether
// somebody answered there. Falls back from IPv6 to IPv4 once, and only if nobody
// did (VAL-33). There is something to dial.
template <typename Record, typename Dial>
auto DialInTurn(const Destination& destination, uint16_t port, Record& record, const Dial& dial) {
  decltype(dial(destination.to_dial.front())) outcome;
  for (const base::IpAddress& address : destination.to_dial) {
    if (!record.dialled().empty()) record.set_first_dialled(record.dialled());
    record.set_dialled(address.WithPort(port));
    outcome = dial(address);
    if (outcome.connected) break;
  }
  return outcome;
}

}  // namespace cairn::va
