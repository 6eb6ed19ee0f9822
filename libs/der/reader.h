#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/der/tags.h"

namespace cairn::der {

// Views into the bytes that were read.
struct Element {
  uint8_t tag;
  std::string_view der;      // with tag and length
  std::string_view content;  // without
};

// Reads DER, not BER: definite lengths in their shortest form, tag numbers below
// 31, universal types with the constructed bit that they must have. Every error
// is kMalformed and leaves the reader where it was. Nesting through readers that
// readers made is bounded, so recursion over hostile input is safe.
//
// The values are views: the bytes must outlive the reader and what it returns.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : Reader(bytes, 0) {}

  bool AtEnd() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  // OK at the end of the bytes; else "trailing data".
  absl::Status Finish() const;

  absl::StatusOr<Element> ReadAny();
  // The next element must have this tag.
  absl::StatusOr<Element> Read(uint8_t tag);
  // Nothing, and no step forward, if the next element has another tag.
  absl::StatusOr<std::optional<Element>> ReadOptional(uint8_t tag);
  bool NextIs(uint8_t tag) const;

  // A reader of the content of the next element, which is constructed.
  absl::StatusOr<Reader> Enter(uint8_t tag);
  absl::StatusOr<Reader> EnterSequence() { return Enter(kSequence); }
  absl::StatusOr<std::optional<Reader>> EnterOptional(uint8_t tag);

  absl::StatusOr<bool> ReadBoolean();
  // The shortest two's complement content octets; may be negative.
  absl::StatusOr<std::string_view> ReadIntegerOctets();
  // One that fits, and is not negative.
  absl::StatusOr<int64_t> ReadSmallInteger();
  // Whole octets only (no unused bits).
  absl::StatusOr<std::string_view> ReadOctetsOfBitString();
  absl::StatusOr<std::string_view> ReadOctetString();
  absl::Status ReadNull();
  // "1.2.840.113549"
  absl::StatusOr<std::string> ReadOid();
  // RFC 5280 section 4.1.2.5: UTCTime or GeneralizedTime, each where it belongs,
  // with seconds, "Z" and no fractions.
  absl::StatusOr<absl::Time> ReadTime();
  // GeneralizedTime of any year, in the same form (RFC 6960 section 4.2.2.1).
  absl::StatusOr<absl::Time> ReadGeneralizedTime();

 private:
  Reader(std::string_view bytes, int depth) : rest_(bytes), depth_(depth) {}
  absl::StatusOr<Element> Peek() const;

  std::string_view rest_;
  int depth_;
};

// "1.2.840.113549" from the content octets.
absl::StatusOr<std::string> OidFromContent(std::string_view content);

// Whether `der` is exactly one element, strict at every level, with valid
// contents of all universal types that X.509 uses. Says nothing about meaning.
absl::Status CheckStrict(std::string_view der);

}  // namespace cairn::der
