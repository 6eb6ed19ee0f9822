#pragma once

#include <absl/time/time.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::der {

// One complete DER element (X.690), already encoded. Values compose: the code
// that writes a structure has the shape of the structure. Cannot be wrong: what
// a caller passes is checked by INVARIANT where a type can't say it.
class Value {
 public:
  const std::string& bytes() const { return bytes_; }

 private:
  explicit Value(std::string bytes) : bytes_(std::move(bytes)) {}
  friend Value Wrap(uint8_t tag, std::string_view content);
  friend Value Raw(std::string_view element_der);
  std::string bytes_;
};

// Any tag of one octet around any content. The functions below are better.
Value Wrap(uint8_t tag, std::string_view content);

// An element that was read or written elsewhere: exactly one, and strict DER to
// the last level (INVARIANT).
Value Raw(std::string_view element_der);

Value Sequence(const std::vector<Value>& items);
// SET OF: sorts its members, as DER asks (X.690 11.6).
Value Set(std::vector<Value> items);

template <std::same_as<Value>... Values>
Value Sequence(const Values&... items) {
  std::string content;
  content.reserve((size_t{0} + ... + items.bytes().size()));
  (content.append(items.bytes()), ...);
  return Wrap(0x30, content);
}

Value Boolean(bool value);
Value Integer(int64_t value);
// From a big-endian number that is not negative; leading zeros don't matter.
Value UnsignedInteger(std::string_view big_endian);
Value BitString(std::string_view octets, int unused_bits = 0);
// A BIT STRING of named bits (X.690 11.2.2): bit 0 is the highest of the first
// octet; trailing zero bits are left out.
Value NamedBits(const std::vector<int>& bits);
Value OctetString(std::string_view octets);
Value Null();
// From "1.2.840.113549".
Value Oid(std::string_view dotted);
Value Utf8String(std::string_view text);
Value PrintableString(std::string_view text);
Value Ia5String(std::string_view text);
// RFC 5280 section 4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050;
// fractions of a second are cut off.
Value Time(absl::Time time);
// GeneralizedTime whatever the year, as OCSP has it; fractions are cut off.
Value GeneralizedTime(absl::Time time);

// [number] around a whole value, and [number] in place of a value's tag.
Value Explicit(int number, const Value& value);
Value Implicit(int number, const Value& value);

// Whether PrintableString may hold it (X.680 41.4).
bool IsPrintable(std::string_view text);

}  // namespace cairn::der
