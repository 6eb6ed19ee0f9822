#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::ca {

// How this signer divides the CRL of an issuer. Every serial that it ever draws
// falls into exactly one part (CRL-12); other signers of the same issuer have parts
// of their own, with other URLs.
struct CrlParts {
  // What the URLs begin with; empty: one complete CRL without a URL.
  std::string base_url;
  uint32_t count = 1;

  // The octets of the distribution point; empty for the complete CRL.
  std::string UrlOf(uint8_t instance, uint32_t shard) const;
  // Where the serial belongs if its certificate does not say: by the SHA-256 of it.
  uint32_t ShardOf(std::string_view serial) const;
};

}  // namespace cairn::ca
