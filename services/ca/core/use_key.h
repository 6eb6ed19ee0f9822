#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/metrics/metrics.h"
#include "services/ca/core/issuer.h"
#include "services/ca/signing/signer.h"

namespace cairn::ca {

// The one place where an issuer's key is used, whatever is signed; and where an
// issuer is stopped whose signatures are not what they should be. Thread-safe;
// blocks on the key.
class UseKey {
 public:
  struct Parts {
    Issuers& issuers;
    signing::Signer& signer;
    audit::Log& audit;
    const base::Clock& clock;
    metrics::Registry& metrics;
  };

  // All parts must outlive it.
  explicit UseKey(const Parts& parts);

  // The signature's octets; errors are those of signing::Signer.
  absl::StatusOr<std::string> Sign(const Issuer& issuer, signing::Checked<signing::Tbs> tbs);

  // The issuer signs nothing more until the process starts again. Returns kInternal
  // with the reason. `issuance_id` may be empty.
  absl::Status Stop(const base::Call& call, const Issuer& issuer, const std::string& issuance_id,
                    const std::string& why);

 private:
  const Parts parts_;
  metrics::Histogram sign_seconds_;
};

}  // namespace cairn::ca
