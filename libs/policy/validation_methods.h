#pragma once

#include <absl/time/time.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::policy {

// What a validation method can prove, and how (BR 3.2.2.4 and 3.2.2.5 with the
// tables in force since 2026-11-15). The authorization domain name is, with every
// method, the name itself, without "*." where the method may prove wildcards: no
// method here prunes labels or replaces the name by a CNAME's target, though some
// might (VAL-03 to VAL-06).
struct ValidationMethod {
  std::string_view name;             // its label in ACME: "http-01"
  std::string_view domain_section;   // of the BR
  std::string_view address_section;  // of the BR; "": it can't prove an IP address
  bool wildcard;                     // whether it proves the names below as well
  bool has_token;                    // else the record names the account, and stays

  bool CanProve(bool is_address, bool is_wildcard) const {
    if (is_address) return !address_section.empty() && !is_wildcard;
    return wildcard || !is_wildcard;
  }
};

// Every method that there is code for. Others, the retired ones among them, have
// no name here and so prove nothing (VAL-10 to VAL-12).
std::span<const ValidationMethod> ValidationMethods();
// nullptr for other names.
const ValidationMethod* FindValidationMethod(std::string_view name);

// How long a proof counts at most, whatever the calendar says for all methods. One by
// a record that stays (dns-persist-01) as long as the record's TTL, at most ten days
// (BR 3.2.2.4.22); the order that it was made for may be finished all the same: that
// is no reuse. One by another method has no such limit, and its TTL means nothing.
absl::Duration MaxAgeOfProof(const ValidationMethod& method, absl::Duration ttl);

// Which challenges a CA offers for what, by the profile of the order. Immutable.
class ChallengeOffer {
 public:
  struct OfProfile {
    std::string profile;  // "": all that are not named otherwise
    std::vector<std::string> methods;
  };

  // Nothing for an unknown method, one that comes twice, and a profile that does.
  static std::optional<ChallengeOffer> Create(std::vector<OfProfile> offers);
  // The three methods that every client knows.
  static ChallengeOffer Default();

  // In the order of the configuration. Empty: what this CA can't prove.
  std::vector<std::string_view> MethodsFor(std::string_view profile, bool is_address,
                                           bool is_wildcard) const;
  bool Offers(std::string_view method, std::string_view profile, bool is_address,
              bool is_wildcard) const;

 private:
  explicit ChallengeOffer(std::vector<OfProfile> offers) : offers_(std::move(offers)) {}

  std::vector<OfProfile> offers_;
};

}  // namespace cairn::policy
