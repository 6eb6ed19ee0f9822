#pragma once

#include <string>
#include <string_view>

namespace cairn::crypto {

// FIPS 180-4. Raw octets, not hex. Thread-safe; cannot fail.
std::string Sha256(std::string_view data);
std::string Sha384(std::string_view data);
std::string Sha512(std::string_view data);
// Broken as a hash: only for the names that RFC 6960 and RFC 5019 give to issuers
// and responders, where nothing rests on collisions.
std::string Sha1(std::string_view data);

// RFC 2104 with SHA-256. Compare tags with base::ConstantTimeEquals.
std::string HmacSha256(std::string_view key, std::string_view data);

}  // namespace cairn::crypto
