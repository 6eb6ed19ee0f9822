#pragma once

#include <absl/status/status.h>

#include <map>
#include <string>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/errors/errors.h"
#include "libs/metrics/metrics.h"

namespace cairn::ca {

// Counts and audits what the signer refuses. Thread-safe.
class Refusals {
 public:
  // Both must outlive it.
  Refusals(audit::Log& audit, metrics::Registry& metrics);

  // It is refused whether this can be written or not.
  void Add(const base::Call& call, const std::string& issuance_id, const absl::Status& status);

 private:
  audit::Log& audit_;
  std::map<errors::Reason, metrics::Counter> counters_;
};

}  // namespace cairn::ca
