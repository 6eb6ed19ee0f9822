#include "libs/base/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace cairn::base {

void InvariantBroken(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr,
               "{\"level\":\"fatal\",\"event\":\"invariant_broken\",\"condition\":\"%s\","
               "\"why\":\"%s\",\"at\":\"%s:%d\"}\n",
               condition, why, file, line);
  std::abort();
}

}  // namespace cairn::base
