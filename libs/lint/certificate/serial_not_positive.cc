// LINT-10: A serial number is a positive integer.
#include <string>
#include <string_view>

#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  if (view.serial.empty()) return "the serial number has no octets";
  if ((view.serial[0] & 0x80) != 0) return "the serial number is negative";
  const bool is_zero = view.serial.find_first_not_of('\0') == std::string_view::npos;
  return is_zero ? "the serial number is zero" : "";
}

}  // namespace

const Lint kSerialNumberNotPositive = {
    .name = "e_serial_number_not_positive",
    .requirement = "LINT-10",
    .clause = "RFC 5280 4.1.2.2",
    .kinds = kCertificate,
    .check = Check,
};

}  // namespace cairn::lint
