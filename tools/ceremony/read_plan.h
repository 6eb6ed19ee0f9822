#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "tools/ceremony/plan.h"

namespace cairn::ceremony {

// Reads a plan and the files that it names, which lie in the same folder. Checks
// form and hashes, tells all that is wrong at once, one a line, as
// `plan.yaml:line:column: field: what` (kMalformed). kNotFound for a plan that
// can't be read. Reads nothing else, and asks for no time of day.
absl::StatusOr<Plan> ReadPlan(const std::string& path);

}  // namespace cairn::ceremony
