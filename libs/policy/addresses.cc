#include "libs/policy/addresses.h"

#include <absl/time/civil_time.h>

#include <algorithm>
#include <initializer_list>

namespace cairn::policy {
namespace {

struct Special {
  base::IpRange range;
  std::string_view purpose;
};

// IANA's "IPv4 Special-Purpose Address Registry" and "IPv6 Special-Purpose
// Address Registry", entries within another entry left out. The last ones of
// each family are not in the registries: they are no unicast addresses.
const std::vector<Special>& Table() {
  static const auto* const kTable = [] {
    struct Row {
      const char *range, *purpose;
    };
    auto* table = new std::vector<Special>;
    for (const Row& row : std::initializer_list<Row>{
             {"0.0.0.0/8", "this network"},
             {"10.0.0.0/8", "private use"},
             {"100.64.0.0/10", "shared address space"},
             {"127.0.0.0/8", "loopback"},
             {"169.254.0.0/16", "link local"},
             {"172.16.0.0/12", "private use"},
             {"192.0.0.0/24", "IETF protocol assignments"},
             {"192.0.2.0/24", "documentation"},
             {"192.31.196.0/24", "AS112"},
             {"192.52.193.0/24", "AMT"},
             {"192.88.99.0/24", "6to4 relay anycast"},
             {"192.168.0.0/16", "private use"},
             {"192.175.48.0/24", "AS112"},
             {"198.18.0.0/15", "benchmarking"},
             {"198.51.100.0/24", "documentation"},
             {"203.0.113.0/24", "documentation"},
             {"240.0.0.0/4", "reserved"},
             {"224.0.0.0/4", "multicast"},
             {"::/128", "unspecified"},
             {"::1/128", "loopback"},
             {"::ffff:0:0/96", "IPv4-mapped"},
             {"64:ff9b::/96", "IPv4-IPv6 translation"},
             {"64:ff9b:1::/48", "IPv4-IPv6 translation"},
             {"100::/64", "discard only"},
             {"100:0:0:1::/64", "dummy prefix"},
             {"2001::/23", "IETF protocol assignments"},
             {"2001:db8::/32", "documentation"},
             {"2002::/16", "6to4"},
             {"2620:4f:8000::/48", "AS112"},
             {"3fff::/20", "documentation"},
             {"5f00::/16", "segment routing"},
             {"fc00::/7", "unique local"},
             {"fe80::/10", "link local"},
             {"ff00::/8", "multicast"},
         }) {
      table->push_back({base::IpRange::Parse(row.range).value(), row.purpose});
    }
    return table;
  }();
  return *kTable;
}

}  // namespace

absl::Time AddressRegistrySnapshot() {
  return absl::FromCivil(absl::CivilDay(2026, 9, 17), absl::UTCTimeZone());
}

std::string_view SpecialPurposeOf(const base::IpAddress& address) {
  for (const Special& special : Table()) {
    if (special.range.Contains(address)) return special.purpose;
  }
  // IANA has given out nothing but 2000::/3 for global unicast.
  if (address.is_v6() && (static_cast<uint8_t>(address.bytes()[0]) >> 5) != 1) {
    return "not global unicast";
  }
  return "";
}

bool AddressRules::MayDial(const base::IpAddress& address) const {
  return SpecialPurposeOf(address).empty() ||
         std::any_of(allowed_.begin(), allowed_.end(),
                     [&](const base::IpRange& range) { return range.Contains(address); });
}

}  // namespace cairn::policy
