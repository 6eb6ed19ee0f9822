#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <algorithm>

#include "libs/base/call.h"
#include "libs/base/clock.h"

namespace cairn::ra {

// How work waits before it tries again. Thread-safe.
class Pause {
 public:
  virtual ~Pause() = default;
  // False, at once, when the service stops: give up, the lease brings the work back.
  virtual bool For(absl::Duration duration) = 0;
};

// Whether the same call may well succeed in a moment: the peer was away, full, or
// slow, which says nothing about the request.
bool IsTransient(const absl::Status& status);

// The first wait between two tries, and the longest; each is twice the last.
struct Waits {
  absl::Duration first = absl::Milliseconds(50);
  absl::Duration longest = absl::Seconds(2);
};

// Calls `f` until it succeeds, fails for good, or `call` has no time left. Only
// for calls that do no harm when they are done twice: an answer may get lost.
template <typename F>
auto Retry(const base::Call& call, const base::Clock& clock, Pause& pause, F f, Waits waits = {})
    -> decltype(f()) {
  const auto status_of = [](const auto& result) -> const absl::Status& {
    if constexpr (std::is_same_v<std::decay_t<decltype(result)>, absl::Status>) {
      return result;
    } else {
      return result.status();
    }
  };
  for (absl::Duration wait = waits.first;; wait = std::min(wait * 2, waits.longest)) {
    auto result = f();
    if (result.ok() || !IsTransient(status_of(result)) || call.Left(clock) <= wait ||
        !pause.For(wait)) {
      return result;
    }
  }
}

}  // namespace cairn::ra
