#pragma once

#include <absl/time/time.h>

#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/ip_address.h"

namespace cairn::policy {

// The day on which IANA's two registries of special-purpose addresses were last
// compared with the table in addresses.cc.
absl::Time AddressRegistrySnapshot();

// What a special-purpose address is for ("loopback", "private use"), and "" for
// an ordinary public one. Covers every entry of both IANA registries, multicast,
// and all of IPv6 outside 2000::/3.
std::string_view SpecialPurposeOf(const base::IpAddress& address);

// Which addresses validation may connect to (RFC 8555 section 10.4). Asked of
// the very address that is dialled, at every hop. Immutable, thread-safe.
class AddressRules {
 public:
  // `allowed` opens special-purpose ranges: for private networks and for tests.
  explicit AddressRules(std::vector<base::IpRange> allowed) : allowed_(std::move(allowed)) {}

  bool MayDial(const base::IpAddress& address) const;

 private:
  const std::vector<base::IpRange> allowed_;
};

}  // namespace cairn::policy
