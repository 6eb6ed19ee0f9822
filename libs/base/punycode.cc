#include "libs/base/punycode.h"

#include <cstdint>

#include "libs/base/strings.h"

namespace cairn::base {
namespace {

// Octets of a DNS label at most (RFC 1034 section 3.1): it keeps the arithmetic
// far from overflow.
constexpr size_t kMaxLabel = 63;

// RFC 3492 section 6.1.
uint32_t Adapt(uint32_t delta, uint32_t points, bool first) {
  delta = first ? delta / 700 : delta / 2;
  delta += delta / points;
  uint32_t k = 0;
  for (; delta > 455; k += 36) delta /= 35;
  return k + 36 * delta / (delta + 38);
}

// The value of a digit in lower case (RFC 3492 section 5); 36 for no digit.
uint32_t ValueOf(char digit) {
  if (digit >= 'a' && digit <= 'z') return static_cast<uint32_t>(digit - 'a');
  if (digit >= '0' && digit <= '9') return static_cast<uint32_t>(digit - '0') + 26;
  return 36;
}

uint32_t Threshold(uint32_t k, uint32_t bias) {
  return k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
}

}  // namespace

std::string ToALabel(std::u32string_view label) {
  std::string out;
  for (const char32_t point : label) {
    if (point < 0x80) out.push_back(static_cast<char>(point));
  }
  out = ToLower(out);
  auto handled = static_cast<uint32_t>(out.size());
  const uint32_t basic = handled;
  if (basic == label.size()) return out;
  if (basic > 0) out.push_back('-');

  // RFC 3492 section 6.3. Labels are short: nothing here can overflow.
  uint32_t next = 128, delta = 0, bias = 72;
  while (handled < label.size()) {
    char32_t smallest = 0x10ffff;
    for (const char32_t point : label) {
      if (point >= next && point < smallest) smallest = point;
    }
    delta += (smallest - next) * (handled + 1);
    next = smallest;
    for (const char32_t point : label) {
      if (point < next) ++delta;
      if (point != next) continue;
      uint32_t rest = delta;
      for (uint32_t k = 36;; k += 36) {
        const uint32_t threshold = Threshold(k, bias);
        const uint32_t digit =
            rest < threshold ? rest : threshold + (rest - threshold) % (36 - threshold);
        out.push_back(static_cast<char>(digit < 26 ? 'a' + digit : '0' + (digit - 26)));
        if (rest < threshold) break;
        rest = (rest - threshold) / (36 - threshold);
      }
      bias = Adapt(delta, handled + 1, handled == basic);
      delta = 0;
      ++handled;
    }
    ++delta;
    ++next;
  }
  return Cat("xn--", out);
}

std::optional<std::u32string> FromALabel(std::string_view label) {
  if (!label.starts_with("xn--") || label.size() > kMaxLabel) return std::nullopt;
  std::string_view rest = label.substr(4);
  std::u32string out;
  if (const size_t hyphen = rest.rfind('-'); hyphen != std::string_view::npos) {
    for (const char c : rest.substr(0, hyphen)) out.push_back(static_cast<unsigned char>(c));
    rest.remove_prefix(hyphen + 1);
  }
  // RFC 3492 section 6.2. 59 digits can't overflow 64 bits before `point` is too big.
  uint64_t point = 128, i = 0;
  uint32_t bias = 72;
  for (bool first = true; !rest.empty(); first = false) {
    const uint64_t before = i;
    uint64_t weight = 1;
    for (uint32_t k = 36;; k += 36) {
      if (rest.empty()) return std::nullopt;
      const uint32_t digit = ValueOf(rest[0]);
      rest.remove_prefix(1);
      if (digit >= 36) return std::nullopt;
      i += digit * weight;
      if (i > UINT32_MAX) return std::nullopt;
      const uint32_t threshold = Threshold(k, bias);
      if (digit < threshold) break;
      weight *= 36 - threshold;
      if (weight > UINT32_MAX) return std::nullopt;
    }
    const auto points = static_cast<uint32_t>(out.size()) + 1;
    bias = Adapt(static_cast<uint32_t>(i - before), points, first);
    point += i / points;
    i %= points;
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return std::nullopt;
    out.insert(out.begin() + static_cast<ptrdiff_t>(i), static_cast<char32_t>(point));
    ++i;
  }
  // One spelling only: what was decoded must encode to the same label again.
  if (ToALabel(out) != label) return std::nullopt;
  return out;
}

}  // namespace cairn::base
