#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "libs/config/example.pb.h"
#include "libs/config/load.h"

// Whatever the text, ParseYaml returns; and what it accepts once it accepts again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  cairn::config::example::Example first;
  cairn::config::example::Example second;
  const bool good = cairn::config::ParseYaml("x.yaml", text, &first).ok();
  if (cairn::config::ParseYaml("x.yaml", text, &second).ok() != good ||
      first.DebugString() != second.DebugString()) {
    std::abort();
  }
  return 0;
}
