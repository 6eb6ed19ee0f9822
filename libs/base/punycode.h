#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cairn::base {

// A U-label or A-label as an A-label (RFC 3492, RFC 5891 section 4.4), without
// the checks of IDNA. ASCII alone stays as it is, in lower case.
std::string ToALabel(std::u32string_view label);

// The code points of a lower-case A-label. Nothing where what follows "xn--" is
// not what ToALabel writes: so each U-label has one A-label, and plain ASCII and
// an empty rest have none. Knows nothing of IDNA's tables.
std::optional<std::u32string> FromALabel(std::string_view label);

}  // namespace cairn::base
