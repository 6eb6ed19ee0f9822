#include "services/ca/core/crl_parts.h"

#include "libs/base/strings.h"
#include "libs/crypto/digest.h"

namespace cairn::ca {

std::string CrlParts::UrlOf(uint8_t instance, uint32_t shard) const {
  if (base_url.empty()) return "";
  return base::Cat(base_url, int{instance}, "-", shard, ".crl");
}

uint32_t CrlParts::ShardOf(std::string_view serial) const {
  const std::string digest = crypto::Sha256(serial);
  uint64_t number = 0;
  for (int i = 0; i < 8; ++i) {
    number = number << 8 | static_cast<uint8_t>(digest[static_cast<size_t>(i)]);
  }
  return static_cast<uint32_t>(number % count);
}

}  // namespace cairn::ca
