#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "tools/lint/objects.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto objects = cairn::lint_tool::ObjectsOf({reinterpret_cast<const char*>(data), size});
  if (objects.ok()) INVARIANT(!objects->empty(), "no object is an error");
  return 0;
}
