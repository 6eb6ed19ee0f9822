#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/ip_address.h"

namespace cairn::va {

// An http or https URL without fragment (RFC 3986, strictly).
struct Url {
  bool https = false;
  std::string host;                   // lower case; IPv6 without brackets
  std::optional<base::IpAddress> ip;  // where the host is one
  std::optional<uint16_t> port;       // where it is given
  std::string target = "/";           // path and query

  // The Host field: without the port where it is that of the scheme.
  std::string HostField() const;
  std::string ToText() const;
};

// Why a redirect may not be followed; for people.
struct UrlError {
  std::string_view why;
};

// Where a Location field leads, from the URL that it was found at. Refuses other
// schemes, user names, hosts that are neither an address nor a DNS name with a
// dot, and anything but visible ASCII (VAL-25, VAL-27, VAL-28).
std::optional<Url> FollowLocation(const Url& from, std::string_view location, UrlError& error);

}  // namespace cairn::va
