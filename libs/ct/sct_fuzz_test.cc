#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/ct/sct.h"

// A list of SCTs that is read is written again to the same octets.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto scts = cairn::ct::ParseSctList(bytes);
  if (!scts.ok()) return 0;
  INVARIANT(cairn::ct::EncodeSctList(*scts) == bytes, "there is one encoding of a list");
  for (const auto& sct : *scts) {
    const auto index = sct.LeafIndex();
    if (index.ok() && index->has_value()) INVARIANT(**index < uint64_t{1} << 40, "it is a uint40");
  }
  return 0;
}
