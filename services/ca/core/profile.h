#pragma once

#include <absl/time/time.h>

#include <set>
#include <string>

#include "libs/crypto/public_key.h"
#include "libs/policy/calendar.h"

namespace cairn::ca {

// What certificates of one kind have in common.
struct Profile {
  std::string name;
  absl::Duration validity;  // both ends included
  absl::Duration backdate;
  bool include_common_name = false;
  std::set<crypto::KeyType> key_types;
};

// Why nothing may be signed with this profile at that time; empty if it may.
std::string WhyUnlawful(const Profile& profile, policy::Pack pack, absl::Time at);

}  // namespace cairn::ca
