#pragma once

#include <vector>

#include "libs/config/checks.h"
#include "protos/config/ca.pb.h"
#include "services/ca/core/profile.h"

namespace cairn::ca {

// config::Ca.profiles; an absent list is one profile with every default. What no
// profile can be at any date goes to `checks`; the rules of a date are
// BrokenRulesOf's.
std::vector<Profile> ParseProfiles(config::Checks& checks, const config::Ca& config);

}  // namespace cairn::ca
