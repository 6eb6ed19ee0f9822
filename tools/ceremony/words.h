#pragma once

#include <cstddef>
#include <string_view>

// The forms of words that a plan may hold. Pure.
namespace cairn::ceremony {

// UTF-8 of at most so many octets, not empty, without control characters and
// without blanks at its ends: it appears in tables that people read.
bool IsOneLine(std::string_view text, size_t most);

// At most 64 letters, digits, hyphens, underscores and dots: PKCS#11 labels are
// compared octet by octet, and read aloud; and file names.
bool IsLabel(std::string_view text);

// An object identifier in dotted form: each number without leading zeros, the
// first two within X.660's limits.
bool IsOid(std::string_view text);

// http only: a fetch over https would need a certificate to check a certificate.
bool IsHttpUrl(std::string_view text);

}  // namespace cairn::ceremony
