#include "libs/base/strings.h"

#include <cstdint>

namespace cairn::base {

std::string Escaped(std::string_view text, size_t limit) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<uint8_t>(c);
    const bool plain = octet >= 0x20 && octet < 0x7f && c != '\\';
    if (out.size() + (plain ? 1 : 4) > limit) return out + "...";
    if (plain) {
      out += c;
    } else {
      out += "\\x";
      out += kHex[octet >> 4];
      out += kHex[octet & 15];
    }
  }
  return out;
}

std::string ToLower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool ConstantTimeEquals(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile uint8_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<uint8_t>(difference | (static_cast<uint8_t>(a[i]) ^
                                                    static_cast<uint8_t>(b[i])));
  }
  return difference == 0;
}

bool IsUtf8(std::string_view text) {
  size_t i = 0;
  const auto octet = [&](size_t at) { return static_cast<uint8_t>(text[at]); };
  while (i < text.size()) {
    const uint8_t lead = octet(i++);
    if (lead < 0x80) continue;
    int more;
    uint32_t point, least;
    if (lead >= 0xc2 && lead <= 0xdf) {
      more = 1, point = lead & 0x1f, least = 0x80;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2, point = lead & 0x0f, least = 0x800;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3, point = lead & 0x07, least = 0x10000;
    } else {
      return false;
    }
    for (; more > 0; --more) {
      if (i == text.size() || (octet(i) & 0xc0) != 0x80) return false;
      point = point << 6 | (octet(i++) & 0x3f);
    }
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
  }
  return true;
}

}  // namespace cairn::base
