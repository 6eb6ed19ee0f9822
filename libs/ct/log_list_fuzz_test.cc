#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/ct/log_list.h"
#include "libs/ct/signature.h"

// Whatever list is read, its logs have the ids of their keys and can be asked.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto list =
      cairn::ct::LogList::Parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!list.ok()) return 0;
  for (const cairn::ct::Log& log : list->logs()) {
    INVARIANT(log.id == cairn::ct::LogIdOf(log.key), "ids are computed");
    INVARIANT(list->Find(log.id) == &log, "ids are there once");
    INVARIANT(log.submission_url.ends_with('/') && log.monitoring_url.ends_with('/'),
              "paths are put after a slash");
    INVARIANT(!log.Origin().empty() || log.submission_url.size() <= 8, "an origin has a host");
  }
  return 0;
}
