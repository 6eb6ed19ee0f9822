#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>

#include "libs/base/clock.h"
#include "libs/base/random.h"

namespace cairn::base {

// The W3C trace context (version 00) that one request carries through all
// services: 16 octets that name the request, 8 that name the step.
struct Trace {
  std::string trace_id;   // 32 lower-case hex digits
  std::string parent_id;  // 16 lower-case hex digits

  static Trace Start(Random& random);
  // Nothing for text that is not a version-00 traceparent.
  static std::optional<Trace> Parse(std::string_view traceparent);
  std::string ToHeader() const;
};

// What every function that may wait gets as its first argument: until when it
// may wait, for whom it works, and which request it belongs to.
struct Call {
  absl::Time deadline = absl::InfiniteFuture();
  std::string peer;  // the caller's TLS name, empty for work of our own
  Trace trace;

  // How long is left; never negative.
  absl::Duration Left(const Clock& clock) const;

  // The same call with less time: the earlier of its own deadline and now + limit.
  Call Within(const Clock& clock, absl::Duration limit) const;
};

}  // namespace cairn::base
