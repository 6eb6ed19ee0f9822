// LINT-62, LINT-63: An address has 4 or 16 octets, is no IPv4 address in IPv6's clothes, and is not
// in the registries of special-purpose addresses.
#include "libs/policy/addresses.h"

#include <optional>
#include <string>
#include <string_view>

#include "libs/base/encoding.h"
#include "libs/base/ip_address.h"
#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

using namespace std::string_view_literals;

std::string CheckReserved(const View& view) {
  for (const std::string_view octets : view.ips) {
    const std::optional<base::IpAddress> address = base::IpAddress::FromBytes(octets);
    if (!address.has_value()) continue;
    const std::string_view purpose = policy::SpecialPurposeOf(*address);
    if (!purpose.empty()) return base::Cat(address->ToText(), ": ", purpose);
  }
  return "";
}

std::string CheckSize(const View& view) {
  for (const std::string_view octets : view.ips) {
    if (octets.size() != 4 && octets.size() != 16) return base::Cat(octets.size(), " octets");
  }
  return "";
}

std::string CheckMapped(const View& view) {
  constexpr std::string_view kPrefix = "\0\0\0\0\0\0\0\0\0\0\xff\xff"sv;
  for (const std::string_view octets : view.ips) {
    if (octets.size() == 16 && octets.starts_with(kPrefix)) return base::ToHex(octets);
  }
  return "";
}

}  // namespace

const Lint kExtSanContainsReservedIp = {
    .name = "e_ext_san_contains_reserved_ip",
    .requirement = "LINT-62",
    .clause = "BR 4.2.2",
    .kinds = kLeaf,
    .web_only = true,
    .check = CheckReserved,
};

const Lint kExtSanIpWrongLength = {
    .name = "e_ext_san_ip_wrong_length",
    .requirement = "LINT-63",
    .clause = "RFC 5280 4.2.1.6",
    .kinds = kLeaf,
    .check = CheckSize,
};

const Lint kExtSanIpIsV4Mapped = {
    .name = "e_ext_san_ip_is_v4_mapped",
    .requirement = "LINT-63",
    .clause = "RFC 8738 3; RFC 5952 5",
    .kinds = kLeaf,
    .check = CheckMapped,
};

}  // namespace cairn::lint
