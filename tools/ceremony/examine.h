#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "tools/ceremony/plan.h"

namespace cairn::ceremony {

// Lints the certificate or CRL by the rules that are in force when the plan's window
// begins (LINT-01, LINT-03); the signature may be of zeros. Which lints looked, for
// the record: their version and the digest of the report (LINT-08). kInternal names
// every lint that stands in the way.
absl::StatusOr<std::string> Examine(const Plan& plan, std::string_view der);

}  // namespace cairn::ceremony
