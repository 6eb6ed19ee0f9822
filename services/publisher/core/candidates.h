#pragma once

#include <absl/time/time.h>

#include <vector>

#include "libs/base/random.h"
#include "libs/ct/log_list.h"
#include "services/publisher/core/log_health.h"

namespace cairn::publisher {

// The logs that may be asked for an SCT of a certificate with this notAfter, the
// best first: those in good standing in a random order, so that the load spreads,
// then those that are late, then those that rest. Usable logs only: the SCT of a qualified one
// would count for Chrome alone. Pointers into `list`.
std::vector<const ct::Log*> Candidates(const ct::LogList& list, absl::Time not_after,
                                       const LogHealth& health, base::Random& random);

}  // namespace cairn::publisher
