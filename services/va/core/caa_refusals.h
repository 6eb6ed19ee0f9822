#pragma once

#include <absl/time/time.h>

#include <string>

#include "protos/evidence/v1/evidence.pb.h"

namespace cairn::va {

// An issuance that CAA prevented, as the primary and a quorum of remotes saw it.
struct CaaRefusal {
  std::string name;  // with "*." where it is a wildcard
  absl::Time observed;
  evidence::v1::Caa caa;  // as the primary saw it
};

// Whoever wants to know of refusals. Thread-safe.
class CaaRefusals {
 public:
  virtual ~CaaRefusals() = default;
  // Does not block, and can't fail: nothing of a validation depends on it.
  virtual void Refused(CaaRefusal refusal) = 0;
};

}  // namespace cairn::va
