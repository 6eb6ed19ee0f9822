#include "libs/x509/serial_number.h"

#include <algorithm>
#include <optional>
#include <span>

#include "libs/base/encoding.h"
#include "libs/base/invariant.h"
#include "libs/errors/errors.h"

namespace cairn::x509 {

SerialNumber SerialNumber::Draw(uint8_t instance, base::Random& random) {
  INVARIANT(IsInstance(instance), "ca::Options rejects other values at start-up");
  SerialNumber serial;
  serial.octets_[0] = instance;
  random.Fill(std::span(serial.octets_).subspan(1));
  return serial;
}

absl::StatusOr<SerialNumber> SerialNumber::FromHex(std::string_view hex) {
  const std::optional<std::string> octets = base::FromHex(hex);
  if (octets.has_value() && octets->size() == kSize) {
    absl::StatusOr<SerialNumber> serial = FromBytes(*octets);
    if (serial.ok()) return serial;
  }
  return errors::Make(errors::Reason::kMalformed,
                      "a serial number is 32 lower-case hex digits, the first two 01 to 7f");
}

absl::StatusOr<SerialNumber> SerialNumber::FromBytes(std::string_view octets) {
  if (octets.size() != kSize || !IsInstance(static_cast<uint8_t>(octets[0]))) {
    return errors::Make(errors::Reason::kMalformed,
                        "a serial number is 16 octets, the first of them 01 to 7f");
  }
  SerialNumber serial;
  std::copy(octets.begin(), octets.end(), serial.octets_.begin());
  return serial;
}

std::string SerialNumber::ToHex() const { return base::ToHex(bytes()); }

}  // namespace cairn::x509
