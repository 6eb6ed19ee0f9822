#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "libs/der/value.h"

namespace cairn::x509 {

// The name of a CA or of an OCSP responder (BR 7.1.2.10.2). Organizational units
// have no place in it.
struct CaName {
  std::string country;   // ISO 3166-1: two upper-case letters
  std::string state;     // empty: left out
  std::string locality;  // empty: left out
  std::string organization;
  std::string common_name;
};

// Whether it can be written: country, organization and common name are there,
// each within its bounds (BR 7.1.4.2), printable UTF-8 without blanks at the
// ends. kMalformed names the attribute.
absl::Status CheckCaName(const CaName& name);

// The Name, one attribute in each relative name, in the order of BR 7.1.4.1: the
// country as PrintableString, all others as UTF8String. `name` must be checked.
der::Value ComposeCaName(const CaName& name);

// "C=XX, O=Example, CN=Example R1": for people's eyes, with other attributes by
// their numbers and octets that aren't printable escaped. kMalformed for bad DER.
absl::StatusOr<std::string> NameToText(std::string_view name_der);

}  // namespace cairn::x509
