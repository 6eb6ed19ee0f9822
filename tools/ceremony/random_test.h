#pragma once

#include <absl/status/status.h>

#include <cstddef>
#include <string_view>

namespace cairn::ceremony {

// How many octets CheckRandom looks at: 20,000 bits.
inline constexpr size_t kRandomSample = 2500;

// The four tests that FIPS 140-2 (before its change notice 2) had for a random
// source: monobit, poker, runs, long runs. They find a source that is stuck or
// badly skewed, and prove nothing more. Of good samples fewer than one in a thousand
// fails. kInternal names the test that failed.
absl::Status CheckRandom(std::string_view sample);

}  // namespace cairn::ceremony
