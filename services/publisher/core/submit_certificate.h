#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "protos/publisher/v1/publisher.pb.h"
#include "services/publisher/core/get_scts.h"
#include "services/publisher/core/log_health.h"
#include "services/publisher/core/submit.h"

namespace cairn::publisher {

// Brings a final certificate into one log that takes it, one after the other:
// nobody waits for it (CT-02). Thread-safe; blocks.
class SubmitCertificate {
 public:
  struct Environment {
    CurrentLogs logs;
    Submit& submit;
    LogHealth& health;
    const base::Clock& clock;
    base::Random& random;
  };

  SubmitCertificate(absl::Duration submission_timeout, Environment environment)
      : timeout_(submission_timeout), environment_(std::move(environment)) {}

  // kMalformed for a chain that isn't one of a final certificate; kUnavailable where
  // no log took it in time.
  absl::StatusOr<v1::SubmitCertificateResponse> Run(
      const base::Call& call, const v1::SubmitCertificateRequest& request) const;

 private:
  const absl::Duration timeout_;
  const Environment environment_;
};

}  // namespace cairn::publisher
