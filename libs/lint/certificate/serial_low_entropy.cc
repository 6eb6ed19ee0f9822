// LINT-12: A serial number has at least 64 random bits. How random they are can't be seen;
// that there is no room for them, or that the CA's generator didn't draw it, can.
#include <string>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

std::string CheckFloor(const View& view) {
  return view.serial.size() >= 8 ? "" : "fewer than 8 octets hold no 64 random bits";
}

// One octet names the signer, from 01 to 7f; the others are random.
std::string CheckGenerator(const View& view) {
  const size_t expected = view.subject->profile->serial_octets;
  if (view.serial.size() == expected && view.serial[0] > 0) return "";
  return base::Cat("the generator draws ", expected, " octets, the first from 01 to 7f");
}

}  // namespace

const Lint kSerialNumberLowEntropy = {
    .name = "e_serial_number_low_entropy",
    .requirement = "LINT-12",
    .clause = "BR 7.1.2.7",
    .kinds = kCertificate,
    .check = CheckFloor,
};

const Lint kSerialNumberNotOfGenerator = {
    .name = "e_serial_number_not_of_generator",
    .requirement = "LINT-12",
    .clause = "BR 7.1.2.7",
    .kinds = kLeaf,
    .needs = kNeedsProfile,
    .check = CheckGenerator,
};

}  // namespace cairn::lint
