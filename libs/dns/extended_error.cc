#include "libs/dns/extended_error.h"

namespace cairn::dns {
namespace {

bool Has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

std::string_view NameOfExtendedError(int code) {
  switch (code) {
    case kEdeDnssecBogus:
      return "DNSSEC Bogus";
    case kEdeSignatureExpired:
      return "Signature Expired";
    case kEdeSignatureNotYetValid:
      return "Signature Not Yet Valid";
    case kEdeDnskeyMissing:
      return "DNSKEY Missing";
    case kEdeRrsigsMissing:
      return "RRSIGs Missing";
    case kEdeNsecMissing:
      return "NSEC Missing";
    case kEdeCachedError:
      return "Cached Error";
    case kEdeNoReachableAuthority:
      return "No Reachable Authority";
    default:
      return "";
  }
}

// The order matters: "no signatures over NSECs" is about signatures.
int CodeOfBogus(std::string_view why) {
  if (Has(why, "signature expired")) return kEdeSignatureExpired;
  if (Has(why, "before inception")) return kEdeSignatureNotYetValid;
  if (Has(why, "no signatures")) return kEdeRrsigsMissing;
  if (Has(why, "No DNSKEY") || Has(why, "no DNSKEY") || Has(why, "no keys have a DS")) {
    return kEdeDnskeyMissing;
  }
  if (Has(why, "NSEC") || Has(why, "nsec")) return kEdeNsecMissing;
  return kEdeDnssecBogus;
}

std::optional<int> CodeOfFailure(std::string_view why) {
  if (Has(why, "servers for this domain failed") || Has(why, "forward servers failed")) {
    return kEdeNoReachableAuthority;
  }
  if (Has(why, "SERVFAIL in cache")) return kEdeCachedError;
  return std::nullopt;
}

}  // namespace cairn::dns
