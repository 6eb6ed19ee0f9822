#pragma once

// Kills the process when a condition that cannot be false is false. `why` says
// why we believe in it. Never for hostile input, nor for a fault of the
// environment: those get an absl::Status (docs/adr/0003).
#define INVARIANT(condition, why)                                                     \
  do {                                                                                \
    if (!(condition)) ::cairn::base::InvariantBroken(#condition, why, __FILE__, __LINE__); \
  } while (false)

namespace cairn::base {

[[noreturn]] void InvariantBroken(const char* condition, const char* why, const char* file,
                                  int line);

}  // namespace cairn::base
