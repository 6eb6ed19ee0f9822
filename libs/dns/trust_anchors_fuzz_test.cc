#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/dns/trust_anchors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto names = cairn::dns::TrustAnchorNames({reinterpret_cast<const char*>(data), size});
  if (!names.ok()) return 0;
  INVARIANT(!names->empty(), "a file without an anchor is refused");
  INVARIANT(std::is_sorted(names->begin(), names->end()), "as the header says");
  for (const auto& name : *names) {
    INVARIANT(cairn::dns::IsCovered(*names, name), "an anchor covers its own name");
  }
  return 0;
}
