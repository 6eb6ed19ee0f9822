#include "services/ca/core/profile.h"

#include "libs/base/strings.h"

namespace cairn::ca {

std::vector<BrokenRule> BrokenRulesOf(const Profile& profile, policy::Pack pack, absl::Time at) {
  const policy::Limits limits = policy::LimitsAt(pack, at);
  std::vector<BrokenRule> broken;
  // Before the rule about all certificates, as it is the narrower one: the
  // certificates point to no CRL and to no OCSP responder (PROF-27, PROF-28).
  if (pack == policy::Pack::kWebPki && profile.validity > limits.short_lived) {
    broken.push_back(
        {.field = "validity",
         .why = base::Cat("certificates without CRL or OCSP may be valid for at most ",
                          absl::FormatDuration(limits.short_lived), " (BR 7.1.2.11.2, 1.6.1)")});
  } else if (profile.validity > limits.max_validity) {
    broken.push_back({.field = "validity",
                      .why = base::Cat("certificates may be valid for at most ",
                                       absl::FormatDuration(limits.max_validity), " (BR 6.3.2)")});
  }
  // PROF-19
  if (profile.client_auth && limits.server_auth_only) {
    broken.push_back({.field = "client_auth",
                      .why = "certificates may be for serverAuth alone (Chrome Root Program "
                             "Policy 1.3.2)"});
  }
  return broken;
}

}  // namespace cairn::ca
