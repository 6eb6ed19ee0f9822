#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::policy {

// Octets of a DNS label at most (RFC 1034 section 3.1).
inline constexpr size_t kMaxLabel = 63;

// A U-label or A-label as an A-label (RFC 3492, RFC 5891 section 4.4), without
// the checks of IDNA: the list is not hostile. Nothing for what is not UTF-8.
std::string ToALabel(std::u32string_view label);

// The code points of a lower-case A-label. Nothing where what follows "xn--" is
// not what ToALabel writes: so each U-label has one A-label, and plain ASCII and
// an empty rest have none. Knows nothing of IDNA's tables.
std::optional<std::u32string> FromALabel(std::string_view label);

}  // namespace cairn::policy
