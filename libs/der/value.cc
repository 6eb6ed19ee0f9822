#include "libs/der/value.h"

#include <absl/time/civil_time.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "libs/der/reader.h"
#include "libs/der/tags.h"

namespace cairn::der {
namespace {

void AppendLength(std::string& out, size_t size) {
  if (size < 0x80) {
    out += static_cast<char>(size);
    return;
  }
  char octets[sizeof size];
  int count = 0;
  for (; size != 0; size >>= 8) octets[count++] = static_cast<char>(size & 0xff);
  out += static_cast<char>(0x80 | count);
  while (count > 0) out += octets[--count];
}

void AppendBase128(std::string& out, uint64_t number) {
  char groups[10];
  int count = 0;
  do {
    groups[count++] = static_cast<char>(number & 0x7f);
    number >>= 7;
  } while (number != 0);
  while (count > 1) out += static_cast<char>(groups[--count] | 0x80);
  out += groups[0];
}

uint64_t TakeArc(std::string_view& dotted) {
  uint64_t arc = 0;
  const auto [end, error] = std::from_chars(dotted.data(), dotted.data() + dotted.size(), arc);
  INVARIANT(error == std::errc(), "OIDs are written in the code as numbers and dots");
  dotted.remove_prefix(static_cast<size_t>(end - dotted.data()));
  if (!dotted.empty()) {
    INVARIANT(dotted[0] == '.' && dotted.size() > 1, "a dot stands between two numbers");
    dotted.remove_prefix(1);
  }
  return arc;
}

}  // namespace

Value Wrap(uint8_t tag, std::string_view content) {
  INVARIANT((tag & 0x1f) != 0x1f, "no structure of ours has tag numbers above 30");
  std::string out;
  out.reserve(content.size() + 6);
  out += static_cast<char>(tag);
  AppendLength(out, content.size());
  out += content;
  return Value(std::move(out));
}

Value Raw(std::string_view element_der) {
  INVARIANT(CheckStrict(element_der).ok(), "callers have parsed it");
  return Value(std::string(element_der));
}

Value Sequence(const std::vector<Value>& items) {
  std::string content;
  for (const Value& item : items) content += item.bytes();
  return Wrap(kSequence, content);
}

Value Set(std::vector<Value> items) {
  std::sort(items.begin(), items.end(),
            [](const Value& a, const Value& b) { return a.bytes() < b.bytes(); });
  std::string content;
  for (const Value& item : items) content += item.bytes();
  return Wrap(kSet, content);
}

Value Boolean(bool value) { return Wrap(kBoolean, value ? "\xff" : std::string_view("\0", 1)); }

Value Integer(int64_t value) {
  std::string octets;
  for (int shift = 56; shift >= 0; shift -= 8) {
    octets += static_cast<char>((static_cast<uint64_t>(value) >> shift) & 0xff);
  }
  // Minimal two's complement: the first nine bits are not all equal.
  size_t skip = 0;
  while (skip < 7 && ((octets[skip] == '\0' && (octets[skip + 1] & 0x80) == 0) ||
                      (octets[skip] == '\xff' && (octets[skip + 1] & 0x80) != 0))) {
    ++skip;
  }
  return Wrap(kInteger, std::string_view(octets).substr(skip));
}

Value UnsignedInteger(std::string_view big_endian) {
  while (!big_endian.empty() && big_endian[0] == '\0') big_endian.remove_prefix(1);
  if (big_endian.empty() || (big_endian[0] & 0x80) != 0) {
    return Wrap(kInteger, base::Cat(std::string_view("\0", 1), big_endian));
  }
  return Wrap(kInteger, big_endian);
}

Value BitString(std::string_view octets, int unused_bits) {
  INVARIANT(unused_bits >= 0 && unused_bits < 8 && (unused_bits == 0 || !octets.empty()),
            "an octet has eight bits");
  return Wrap(
      kBitString,
      base::Cat(std::string_view("\0\1\2\3\4\5\6\7", 8).substr(static_cast<size_t>(unused_bits), 1),
                octets));
}

Value NamedBits(const std::vector<int>& bits) {
  std::string octets;
  int last = -1;
  for (const int bit : bits) {
    INVARIANT(bit >= 0 && bit < 32, "named bits are few");
    const size_t octet = static_cast<size_t>(bit) / 8;
    if (octets.size() <= octet) octets.resize(octet + 1, '\0');
    octets[octet] = static_cast<char>(octets[octet] | (0x80 >> (bit % 8)));
    last = std::max(last, bit);
  }
  return BitString(octets, last < 0 ? 0 : 7 - last % 8);
}

Value OctetString(std::string_view octets) { return Wrap(kOctetString, octets); }

Value Null() { return Wrap(kNull, ""); }

Value Oid(std::string_view dotted) {
  const uint64_t first = TakeArc(dotted);
  const uint64_t second = TakeArc(dotted);
  INVARIANT(first <= 2 && (first == 2 || second < 40), "X.660 limits the first two numbers");
  std::string content;
  AppendBase128(content, first * 40 + second);
  while (!dotted.empty()) AppendBase128(content, TakeArc(dotted));
  return Wrap(kOid, content);
}

Value Utf8String(std::string_view text) {
  INVARIANT(base::IsUtf8(text), "callers check text from outside");
  return Wrap(kUtf8String, text);
}

Value PrintableString(std::string_view text) {
  INVARIANT(IsPrintable(text), "callers check text from outside");
  return Wrap(kPrintableString, text);
}

Value Ia5String(std::string_view text) {
  INVARIANT(std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; }),
            "callers check text from outside");
  return Wrap(kIa5String, text);
}

namespace {

Value TimeOf(const absl::CivilSecond& civil, bool is_utc_time) {
  // Certificates live from 1950 on; GeneralizedTime can say any year of four digits.
  INVARIANT(civil.year() >= (is_utc_time ? 1950 : 0) && civil.year() <= 9999,
            "callers check times from outside");
  char text[32];
  const int year = static_cast<int>(is_utc_time ? civil.year() % 100 : civil.year());
  const int size = std::snprintf(
      text, sizeof text, is_utc_time ? "%02d%02d%02d%02d%02d%02dZ" : "%04d%02d%02d%02d%02d%02dZ",
      year, civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second());
  return Wrap(is_utc_time ? kUtcTime : kGeneralizedTime,
              std::string_view(text, static_cast<size_t>(size)));
}

}  // namespace

Value Time(absl::Time time) {
  const absl::CivilSecond civil = absl::ToCivilSecond(time, absl::UTCTimeZone());
  return TimeOf(civil, civil.year() < 2050);
}

Value GeneralizedTime(absl::Time time) {
  return TimeOf(absl::ToCivilSecond(time, absl::UTCTimeZone()), false);
}

Value Explicit(int number, const Value& value) {
  INVARIANT(number >= 0 && number < 31, "no structure of ours has more");
  return Wrap(static_cast<uint8_t>(0xa0 | number), value.bytes());
}

Value Implicit(int number, const Value& value) {
  INVARIANT(number >= 0 && number < 31, "no structure of ours has more");
  Reader reader(value.bytes());
  const absl::StatusOr<Element> element = reader.ReadAny();
  INVARIANT(element.ok(), "a Value is one element");
  const int constructed = element->tag & 0x20;
  return Wrap(static_cast<uint8_t>(0x80 | constructed | number), element->content);
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(" '()+,-./:=?").find(c) != std::string_view::npos;
  });
}

}  // namespace cairn::der
