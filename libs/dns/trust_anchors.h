#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace cairn::dns {

// The names that the DS and DNSKEY records of a trust anchor file belong to,
// sorted, lower case, without trailing dot: "" is the root. Reads as much of the
// zone file form (RFC 1035 section 5.1) as such files use: comments, parentheses,
// an absolute owner name on each record. kMalformed, with the line, for the rest
// and where there is no such record; libunbound itself reads the keys.
absl::StatusOr<std::vector<std::string>> TrustAnchorNames(std::string_view text);

// As above, of a file of at most 64 KiB.
absl::StatusOr<std::vector<std::string>> ReadTrustAnchorNames(const std::string& path);

// Whether `name` is one of `anchors` or below one.
bool IsCovered(const std::vector<std::string>& anchors, std::string_view name);

}  // namespace cairn::dns
