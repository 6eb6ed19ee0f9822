#pragma once

namespace cairn::testing {

// Whether this is built with a sanitizer that needs memory of its own for ours: what a
// process takes then says nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace cairn::testing
