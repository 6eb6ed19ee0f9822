// LINT-11: A serial number is below 2^159, so its INTEGER has at most 20 octets.
#include <string>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string Check(const View& view) {
  // 20 octets without the sign bit are up to 2^159 - 1.
  return view.serial.size() <= 20 ? "" : base::Cat("it has ", view.serial.size(), " octets");
}

}  // namespace

const Lint kSerialNumberLongerThan20Octets = {
    .name = "e_serial_number_longer_than_20_octets",
    .requirement = "LINT-11",
    .clause = "BR 7.1.2.7; RFC 5280 4.1.2.2",
    .kinds = kCertificate,
    .check = Check,
};

}  // namespace cairn::lint
