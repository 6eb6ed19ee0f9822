#pragma once

#include <absl/status/status.h>

#include <string>
#include <vector>

#include "tools/ceremony/plan.h"

namespace cairn::ceremony {

// What the approvals are worth: enough operators of the plan signed its hash, each
// once. kUnauthorized says what is wrong.
absl::Status CheckApprovals(const Plan& plan, const std::vector<std::string>& approvals);

}  // namespace cairn::ceremony
