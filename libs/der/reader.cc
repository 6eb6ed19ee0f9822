#include "libs/der/reader.h"

#include <absl/time/civil_time.h>

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/der/value.h"
#include "libs/errors/errors.h"

namespace cairn::der {
namespace {

// Certificates and requests nest about ten levels deep.
constexpr int kMaxDepth = 32;

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, base::Cat("DER: ", detail));
}

bool IsConstructed(uint8_t tag) { return (tag & 0x20) != 0; }

// Universal types but SEQUENCE and SET are primitive in DER (X.690 10.2).
bool HasRightForm(uint8_t tag) {
  if ((tag & 0xc0) != 0) return true;
  const int number = tag & 0x1f;
  const bool must_be_constructed =
      number == 0x10 || number == 0x11 || number == 0x08 || number == 0x0b || number == 0x1d;
  return IsConstructed(tag) == must_be_constructed;
}

absl::Status CheckIntegerContent(std::string_view content) {
  if (content.empty()) return Bad("an INTEGER has no octets");
  if (content.size() > 1 && ((content[0] == '\0' && (content[1] & 0x80) == 0) ||
                             (content[0] == '\xff' && (content[1] & 0x80) != 0))) {
    return Bad("an INTEGER is longer than it must be");
  }
  return absl::OkStatus();
}

absl::Status CheckBitStringContent(std::string_view content) {
  if (content.empty()) return Bad("a BIT STRING has no octets");
  const auto unused = static_cast<unsigned char>(content[0]);
  if (unused > 7 || (unused > 0 && content.size() == 1)) {
    return Bad("a BIT STRING's count of unused bits is wrong");
  }
  if ((content.back() & ((1 << unused) - 1)) != 0 && unused > 0) {
    return Bad("unused bits of a BIT STRING are not zero");
  }
  return absl::OkStatus();
}

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

absl::StatusOr<absl::Time> TimeFromContent(uint8_t tag, std::string_view content) {
  const size_t year_digits = tag == kUtcTime ? 2 : 4;
  if (content.size() != year_digits + 11 || content.back() != 'Z' ||
      !AllDigits(content.substr(0, content.size() - 1))) {
    return Bad("a time is not YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ");
  }
  const auto number = [&](size_t at, size_t digits) {
    int value = 0;
    for (const char digit : content.substr(at, digits)) value = value * 10 + (digit - '0');
    return value;
  };
  int year = number(0, year_digits);
  if (tag == kUtcTime) year += year < 50 ? 2000 : 1900;
  const size_t at = year_digits;
  const int month = number(at, 2), day = number(at + 2, 2), hour = number(at + 4, 2),
            minute = number(at + 6, 2), second = number(at + 8, 2);
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  // CivilSecond normalises: 31 June becomes 1 July, and so differs.
  if (civil.year() != year || civil.month() != month || civil.day() != day ||
      civil.hour() != hour || civil.minute() != minute || civil.second() != second) {
    return Bad("there is no such time");
  }
  return absl::FromCivil(civil, absl::UTCTimeZone());
}

absl::Status CheckContent(const Element& element) {
  switch (element.tag) {
    case kBoolean:
      if (element.content != "\xff" && element.content != std::string_view("\0", 1)) {
        return Bad("a BOOLEAN is neither 00 nor FF");
      }
      return absl::OkStatus();
    case kInteger:
    case 0x0a:  // ENUMERATED
      return CheckIntegerContent(element.content);
    case kBitString:
      return CheckBitStringContent(element.content);
    case kNull:
      return element.content.empty() ? absl::OkStatus() : Bad("a NULL has octets");
    case kOid:
      return OidFromContent(element.content).status();
    case kUtf8String:
      return base::IsUtf8(element.content) ? absl::OkStatus() : Bad("a UTF8String is not UTF-8");
    case kPrintableString:
      return IsPrintable(element.content)
                 ? absl::OkStatus()
                 : Bad("a PrintableString has a character that it may not have");
    case kIa5String:
      return std::all_of(element.content.begin(), element.content.end(),
                         [](char c) { return (c & 0x80) == 0; })
                 ? absl::OkStatus()
                 : Bad("an IA5String is not ASCII");
    case kUtcTime:
    case kGeneralizedTime:
      return TimeFromContent(element.tag, element.content).status();
    case kUniversalString:
      return element.content.size() % 4 == 0 ? absl::OkStatus()
                                             : Bad("a UniversalString is not whole");
    case kBmpString:
      return element.content.size() % 2 == 0 ? absl::OkStatus() : Bad("a BMPString is not whole");
    default:
      return absl::OkStatus();
  }
}

absl::Status CheckElement(const Element& element, int depth) {
  if (depth > kMaxDepth) return Bad("too deep");
  if (!IsConstructed(element.tag)) return CheckContent(element);
  Reader reader(element.content);
  while (!reader.AtEnd()) {
    ASSIGN_OR_RETURN(const Element inner, reader.ReadAny());
    RETURN_IF_ERROR(CheckElement(inner, depth + 1));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Element> Reader::Peek() const {
  if (rest_.size() < 2) return Bad("the data ends within an element");
  const auto tag = static_cast<uint8_t>(rest_[0]);
  if ((tag & 0x1f) == 0x1f) return Bad("a tag number above 30");
  if (tag == 0x00) return Bad("an end-of-contents octet");
  if (!HasRightForm(tag)) return Bad("a type in constructed form, or a SEQUENCE without it");
  size_t size = static_cast<uint8_t>(rest_[1]);
  size_t header = 2;
  if (size >= 0x80) {
    const size_t octets = size & 0x7f;
    if (octets == 0) return Bad("an indefinite length");
    if (octets > 4) return Bad("a length of more than four octets");
    if (rest_.size() < 2 + octets) return Bad("the data ends within a length");
    size = 0;
    for (size_t i = 0; i < octets; ++i) size = size << 8 | static_cast<uint8_t>(rest_[2 + i]);
    if (size < 0x80 || size >> (8 * (octets - 1)) == 0) {
      return Bad("a length is longer than it must be");
    }
    header += octets;
  }
  if (rest_.size() - header < size) return Bad("the data ends within an element");
  return Element{tag, rest_.substr(0, header + size), rest_.substr(header, size)};
}

absl::Status Reader::Finish() const {
  return rest_.empty() ? absl::OkStatus() : Bad("trailing data");
}

absl::StatusOr<Element> Reader::ReadAny() {
  ASSIGN_OR_RETURN(const Element element, Peek());
  rest_.remove_prefix(element.der.size());
  return element;
}

bool Reader::NextIs(uint8_t tag) const {
  return !rest_.empty() && static_cast<uint8_t>(rest_[0]) == tag;
}

absl::StatusOr<Element> Reader::Read(uint8_t tag) {
  if (!NextIs(tag)) {
    return Bad(rest_.empty() ? "an element is missing" : "an element of another type was expected");
  }
  return ReadAny();
}

absl::StatusOr<std::optional<Element>> Reader::ReadOptional(uint8_t tag) {
  if (!NextIs(tag)) return std::optional<Element>();
  ASSIGN_OR_RETURN(const Element element, ReadAny());
  return std::optional<Element>(element);
}

absl::StatusOr<Reader> Reader::Enter(uint8_t tag) {
  if (depth_ >= kMaxDepth) return Bad("too deep");
  ASSIGN_OR_RETURN(const Element element, Read(tag));
  return Reader(element.content, depth_ + 1);
}

absl::StatusOr<std::optional<Reader>> Reader::EnterOptional(uint8_t tag) {
  if (!NextIs(tag)) return std::optional<Reader>();
  ASSIGN_OR_RETURN(const Reader reader, Enter(tag));
  return std::optional<Reader>(reader);
}

absl::StatusOr<bool> Reader::ReadBoolean() {
  Reader ahead = *this;
  ASSIGN_OR_RETURN(const Element element, ahead.Read(kBoolean));
  RETURN_IF_ERROR(CheckContent(element));
  *this = ahead;
  return element.content[0] != '\0';
}

absl::StatusOr<std::string_view> Reader::ReadIntegerOctets() {
  Reader ahead = *this;
  ASSIGN_OR_RETURN(const Element element, ahead.Read(kInteger));
  RETURN_IF_ERROR(CheckIntegerContent(element.content));
  *this = ahead;
  return element.content;
}

absl::StatusOr<int64_t> Reader::ReadSmallInteger() {
  Reader ahead = *this;
  ASSIGN_OR_RETURN(const std::string_view octets, ahead.ReadIntegerOctets());
  if (octets.size() > 8 || (octets[0] & 0x80) != 0) return Bad("an INTEGER is out of range");
  *this = ahead;
  int64_t value = 0;
  for (const char octet : octets) value = value << 8 | static_cast<uint8_t>(octet);
  return value;
}

absl::StatusOr<std::string_view> Reader::ReadOctetsOfBitString() {
  Reader ahead = *this;
  ASSIGN_OR_RETURN(const Element element, ahead.Read(kBitString));
  RETURN_IF_ERROR(CheckBitStringContent(element.content));
  if (element.content[0] != '\0') return Bad("a BIT STRING is not of whole octets");
  *this = ahead;
  return element.content.substr(1);
}

absl::StatusOr<std::string_view> Reader::ReadOctetString() {
  ASSIGN_OR_RETURN(const Element element, Read(kOctetString));
  return element.content;
}

absl::Status Reader::ReadNull() {
  Reader ahead = *this;
  ASSIGN_OR_RETURN(const Element element, ahead.Read(kNull));
  RETURN_IF_ERROR(CheckContent(element));
  *this = ahead;
  return absl::OkStatus();
}

absl::StatusOr<std::string> Reader::ReadOid() {
  Reader ahead = *this;
  ASSIGN_OR_RETURN(const Element element, ahead.Read(kOid));
  ASSIGN_OR_RETURN(std::string oid, OidFromContent(element.content));
  *this = ahead;
  return oid;
}

absl::StatusOr<absl::Time> Reader::ReadTime() {
  Reader ahead = *this;
  ASSIGN_OR_RETURN(const Element element,
                   ahead.Read(NextIs(kGeneralizedTime) ? kGeneralizedTime : kUtcTime));
  ASSIGN_OR_RETURN(const absl::Time time, TimeFromContent(element.tag, element.content));
  if (element.tag == kGeneralizedTime &&
      absl::ToCivilSecond(time, absl::UTCTimeZone()).year() < 2050) {
    return Bad("a time before 2050 is a UTCTime");
  }
  *this = ahead;
  return time;
}

absl::StatusOr<absl::Time> Reader::ReadGeneralizedTime() {
  Reader ahead = *this;
  ASSIGN_OR_RETURN(const Element element, ahead.Read(kGeneralizedTime));
  ASSIGN_OR_RETURN(const absl::Time time, TimeFromContent(element.tag, element.content));
  *this = ahead;
  return time;
}

absl::StatusOr<std::string> OidFromContent(std::string_view content) {
  if (content.empty()) return Bad("an OBJECT IDENTIFIER has no octets");
  std::string dotted;
  uint64_t arc = 0;
  bool starts_arc = true;
  for (const char c : content) {
    const auto octet = static_cast<uint8_t>(c);
    if (starts_arc && octet == 0x80) return Bad("an OBJECT IDENTIFIER is not minimal");
    if (arc > (uint64_t{1} << 56)) return Bad("a number in an OBJECT IDENTIFIER is too big");
    arc = arc << 7 | (octet & 0x7f);
    starts_arc = (octet & 0x80) == 0;
    if (!starts_arc) continue;
    if (dotted.empty()) {
      const uint64_t first = std::min<uint64_t>(arc / 40, 2);
      dotted = base::Cat(first, ".", arc - 40 * first);
    } else {
      dotted += base::Cat(".", arc);
    }
    arc = 0;
  }
  if (!starts_arc) return Bad("an OBJECT IDENTIFIER ends within a number");
  return dotted;
}

absl::Status CheckStrict(std::string_view der) {
  Reader reader(der);
  ASSIGN_OR_RETURN(const Element element, reader.ReadAny());
  RETURN_IF_ERROR(reader.Finish());
  return CheckElement(element, 0);
}

}  // namespace cairn::der
