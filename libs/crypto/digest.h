#pragma once

#include <string>
#include <string_view>

namespace cairn::crypto {

// FIPS 180-4. Raw octets, not hex. Thread-safe; cannot fail.
std::string Sha256(std::string_view data);
std::string Sha384(std::string_view data);
std::string Sha512(std::string_view data);

// RFC 2104 with SHA-256. Compare tags with base::ConstantTimeEquals.
std::string HmacSha256(std::string_view key, std::string_view data);

}  // namespace cairn::crypto
