#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>

// How instants and hashes are spelled in plans, on paper and aloud.
namespace cairn::ceremony {

// "2026-12-01T09:00:00Z", and nothing else that means the same instant. Whole
// seconds of the years 1950 to 9999, which certificates can say.
std::optional<absl::Time> ParseInstant(std::string_view text);
std::string InstantText(absl::Time time);

// 32 octets in hexadecimal, in 16 groups of four digits, eight to a line: to be
// read aloud and compared by ear.
std::string SpokenHash(std::string_view sha256);

}  // namespace cairn::ceremony
