#include "libs/base/call.h"

#include <algorithm>

#include "libs/base/encoding.h"

namespace cairn::base {

Trace Trace::Start(Random& random) {
  return {.trace_id = ToHex(random.Bytes(16)), .parent_id = ToHex(random.Bytes(8))};
}

std::optional<Trace> Trace::Parse(std::string_view traceparent) {
  // 00-<32 hex>-<16 hex>-<2 hex>
  if (traceparent.size() != 55 || !traceparent.starts_with("00-") || traceparent[35] != '-' ||
      traceparent[52] != '-') {
    return std::nullopt;
  }
  Trace trace{.trace_id = std::string(traceparent.substr(3, 32)),
              .parent_id = std::string(traceparent.substr(36, 16))};
  if (!FromHex(trace.trace_id) || !FromHex(trace.parent_id)) return std::nullopt;
  return trace;
}

std::string Trace::ToHeader() const { return "00-" + trace_id + "-" + parent_id + "-01"; }

absl::Duration Call::Left(const Clock& clock) const {
  return std::max(absl::ZeroDuration(), deadline - clock.Now());
}

Call Call::Within(const Clock& clock, absl::Duration limit) const {
  Call call = *this;
  call.deadline = std::min(deadline, clock.Now() + limit);
  return call;
}

}  // namespace cairn::base
