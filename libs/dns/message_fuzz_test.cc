#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/dns/message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const auto aliases = cairn::dns::AliasesIn(message);
  INVARIANT(aliases || !cairn::dns::HasAuthoritySoa(message), "the answers are in front of it");
  if (!aliases) return 0;
  INVARIANT(aliases->size() <= 32, "a chain is bounded");
  for (const auto& alias : *aliases) {
    for (const char c : alias) INVARIANT(c > 0x20 && c < 0x7f, "aliases go into receipts");
  }
  return 0;
}
