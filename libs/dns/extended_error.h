#pragma once

#include <optional>
#include <string_view>

namespace cairn::dns {

// Codes of extended DNS errors (RFC 8914 section 4) that code here gives.
enum : int {
  kEdeDnssecBogus = 6,
  kEdeSignatureExpired = 7,
  kEdeSignatureNotYetValid = 8,
  kEdeDnskeyMissing = 9,
  kEdeRrsigsMissing = 10,
  kEdeNsecMissing = 12,
  kEdeCachedError = 13,
  kEdeNoReachableAuthority = 22,
};

// "Signature Expired": as in IANA's registry; "" for a code not listed above.
std::string_view NameOfExtendedError(int code);

// The code for what libunbound 1.17 says of an answer that is bogus, and of one
// that could not be had: it knows the codes, and does not hand them out. Where
// none fits better, the first is kEdeDnssecBogus and the second nothing.
int CodeOfBogus(std::string_view why);
std::optional<int> CodeOfFailure(std::string_view why);

}  // namespace cairn::dns
