#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>

namespace cairn::log {

// Writers of JSON text for log lines; they append to `out`. Always valid JSON
// and always one line: control characters are escaped, octets that are not
// UTF-8 become U+FFFD, and a text is cut after kMaxText octets.
inline constexpr size_t kMaxText = 8192;

void AppendJsonString(std::string_view text, std::string& out);
// JSON has no infinity and no NaN: they become null.
void AppendJsonDouble(double value, std::string& out);
// "2026-11-23T22:57:01.123Z"
void AppendJsonTime(absl::Time time, std::string& out);

}  // namespace cairn::log
