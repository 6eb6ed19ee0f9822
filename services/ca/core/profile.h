#pragma once

#include <absl/time/time.h>

#include <set>
#include <string>
#include <vector>

#include "libs/crypto/public_key.h"
#include "libs/policy/calendar.h"

namespace cairn::ca {

// What certificates of one kind have in common. What is not here the rules decide
// alone: libs/x509/tbs_certificate.h.
struct Profile {
  std::string name;
  absl::Duration validity;  // both ends included
  absl::Duration backdate;
  bool include_common_name = false;
  std::set<crypto::KeyType> key_types;
  bool client_auth = false;
  bool rsa_signature_only = false;
};

struct BrokenRule {
  std::string field;  // of the profile: "validity"
  std::string why;
};

// What forbids to sign with this profile at that time; empty if nothing does.
std::vector<BrokenRule> BrokenRulesOf(const Profile& profile, policy::Pack pack, absl::Time at);

}  // namespace cairn::ca
