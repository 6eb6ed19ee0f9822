#pragma once

#include <absl/status/status.h>

#include <string>
#include <vector>

namespace cairn::ra {

// Whether an account may have these contacts (RFC 8555 section 7.3): at most 10,
// 1000 octets together; each a "mailto:" URI with one plain address, without
// header fields, quotes, address literals or anything but ASCII.
//
// kUnsupportedContact for another scheme, kInvalidContact for an address that
// can't be written to, kMalformed for too many.
absl::Status CheckContacts(const std::vector<std::string>& contacts);

}  // namespace cairn::ra
