#pragma once

#include <string>
#include <string_view>

#include "libs/crypto/private_key.h"

namespace cairn::testing {

// A flattened JWS over exactly these texts, signed as the key's type asks
// (RFC 7515 section 7.2.2); for tests that send what no client would.
std::string SignJws(const crypto::PrivateKey& key, std::string_view header_json,
                    std::string_view payload);

// r and s in full length instead of DER (RFC 7518 section 3.4).
std::string RawEcdsa(crypto::KeyType type, std::string_view der);

}  // namespace cairn::testing
