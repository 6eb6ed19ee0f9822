#include "libs/log/json.h"

#include <charconv>
#include <cmath>

#include "libs/base/strings.h"

namespace cairn::log {

void AppendJsonString(std::string_view text, std::string& out) {
  const bool cut = text.size() > kMaxText;
  if (cut) text = text.substr(0, kMaxText);
  const bool is_utf8 = base::IsUtf8(text);
  out += '"';
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (octet < 0x20 || octet == 0x7f) {
      constexpr char kDigits[] = "0123456789abcdef";
      out += "\\u00";
      out += kDigits[octet >> 4];
      out += kDigits[octet & 15];
    } else if (octet >= 0x80 && !is_utf8) {
      out += "\\ufffd";
    } else {
      out += c;
    }
  }
  if (cut) out += "...";
  out += '"';
}

void AppendJsonDouble(double value, std::string& out) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char digits[32];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void AppendJsonTime(absl::Time time, std::string& out) {
  // By hand: absl::FormatTime costs more than the rest of a line.
  const absl::CivilSecond second = absl::ToCivilSecond(time, absl::UTCTimeZone());
  const int64_t millisecond = absl::ToUnixMillis(time) - absl::ToUnixSeconds(time) * 1000;
  char text[] = "\"0000-00-00T00:00:00.000Z\"";
  const auto put = [&](size_t last, int64_t value, int digits) {
    for (; digits > 0; --digits, --last, value /= 10) {
      text[last] = static_cast<char>('0' + value % 10);
    }
  };
  put(4, second.year(), 4);
  put(7, second.month(), 2);
  put(10, second.day(), 2);
  put(13, second.hour(), 2);
  put(16, second.minute(), 2);
  put(19, second.second(), 2);
  put(23, millisecond, 3);
  out += text;
}

}  // namespace cairn::log
