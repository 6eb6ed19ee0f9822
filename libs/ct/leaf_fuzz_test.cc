#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/ct/leaf.h"

// A leaf that is read is written again to the same octets.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto tile = cairn::ct::Leaf::FromDataTile(bytes);
  if (tile.ok()) {
    for (const auto& leaf : *tile) INVARIANT(leaf.leaf_input().size() <= size + 2, "it is a part");
  }
  // The rest of the octets as extra_data, at a place that the first one says.
  if (size == 0) return 0;
  const size_t cut = 1 + data[0] * (size - 1) / 255;
  const std::string_view input = bytes.substr(1, cut - 1);
  const auto leaf = cairn::ct::Leaf::FromRfc6962(input, bytes.substr(cut));
  if (leaf.ok()) INVARIANT(leaf->leaf_input() == input, "there is one encoding of a leaf");
  return 0;
}
