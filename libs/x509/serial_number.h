#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/random.h"

namespace cairn::x509 {

// The serial number of a certificate we issue: 16 octets, positive as an INTEGER.
//
// The first octet names the CA process, so two processes never draw the same
// number. The other 15 are random: 120 bits, where the Baseline Requirements
// (7.1.2.7) ask for at least 64 and for a value below 2^159.
class SerialNumber {
 public:
  static constexpr size_t kSize = 16;

  // `instance` is 0x01..0x7f: a zero octet would vanish from the DER encoding,
  // and a set top bit would make the number negative.
  static SerialNumber Draw(uint8_t instance, base::Random& random);
  static bool IsInstance(uint32_t number) { return number >= 0x01 && number <= 0x7f; }

  // Accepts exactly what ToHex writes. Serials are database keys and URL parts,
  // so a second spelling of the same number would be a second certificate.
  static absl::StatusOr<SerialNumber> FromHex(std::string_view hex);
  static absl::StatusOr<SerialNumber> FromBytes(std::string_view octets);

  std::string ToHex() const;
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(octets_.data()), octets_.size()};
  }

  friend auto operator<=>(const SerialNumber&, const SerialNumber&) = default;

 private:
  SerialNumber() = default;

  std::array<uint8_t, kSize> octets_{};
};

}  // namespace cairn::x509
