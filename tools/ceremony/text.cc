#include "tools/ceremony/text.h"

#include "libs/base/encoding.h"

namespace cairn::ceremony {

constexpr char kInstantFormat[] = "%Y-%m-%dT%H:%M:%SZ";

std::optional<absl::Time> ParseInstant(std::string_view text) {
  absl::Time time;
  if (!absl::ParseTime(kInstantFormat, std::string(text), &time, nullptr)) return std::nullopt;
  // One spelling for one instant: the parser takes others, with blanks say.
  if (InstantText(time) != text) return std::nullopt;
  const int64_t year = absl::ToCivilYear(time, absl::UTCTimeZone()).year();
  if (year < 1950 || year > 9999) return std::nullopt;
  return time;
}

std::string InstantText(absl::Time time) {
  return absl::FormatTime(kInstantFormat, time, absl::UTCTimeZone());
}

std::string SpokenHash(std::string_view sha256) {
  const std::string hex = base::ToHex(sha256);
  std::string text;
  for (size_t i = 0; i < hex.size(); i += 4) {
    if (i != 0) text += i % 32 == 0 ? '\n' : ' ';
    text += hex.substr(i, 4);
  }
  return text;
}

}  // namespace cairn::ceremony
