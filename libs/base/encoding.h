#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cairn::base {

// Byte strings are std::string and std::string_view throughout Cairn, as they
// are in protobuf's C++ API (docs/adr/0006).

// Lower-case hexadecimal.
std::string ToHex(std::string_view bytes);
// Accepts exactly what ToHex writes: even length, lower case.
std::optional<std::string> FromHex(std::string_view hex);

// base64url without padding (RFC 4648 section 5, RFC 7515 section 2).
std::string ToBase64Url(std::string_view bytes);
// RFC 4648 section 6 in lower case, without padding.
std::string ToBase32(std::string_view bytes);
// Strict: no padding, no white space, no other alphabet, and the unused bits of
// the last character must be zero, so that each byte string has one spelling.
std::optional<std::string> FromBase64Url(std::string_view text);

// Plain base64 with padding, without line breaks (RFC 4648 section 4).
std::string ToBase64(std::string_view bytes);
// Strict, as FromBase64Url, and padding is required.
std::optional<std::string> FromBase64(std::string_view text);

// PEM as RFC 7468 section 2 asks of a strict writer: 64 characters a line.
std::string ToPem(std::string_view label, std::string_view der);

}  // namespace cairn::base
