#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cairn::local_dns {

// The shared secret that signs updates (RFC 8945), hmac-sha256.
struct TsigKey {
  std::string name;    // "cairn-local."
  std::string secret;  // base64
};

// From the text of a key file as BIND and nsupdate read it:
//   key "cairn-local." { algorithm hmac-sha256; secret "bm90IGEgc2VjcmV0"; };
// Nothing for any other algorithm or shape.
std::optional<TsigKey> ParseTsigKey(std::string_view text);

}  // namespace cairn::local_dns
