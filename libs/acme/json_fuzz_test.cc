#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/acme/json.h"

// Whatever comes in is refused or parsed within the limits.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parsed =
      cairn::acme::Json::Parse(std::string_view(reinterpret_cast<const char*>(data), size));
  (void)parsed.ok();
  return 0;
}
