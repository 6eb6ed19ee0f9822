#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <memory>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/base/worker_pool.h"
#include "libs/ct/log_policy.h"
#include "protos/publisher/v1/publisher.pb.h"
#include "services/publisher/core/log_health.h"
#include "services/publisher/core/submit.h"

namespace cairn::publisher {

// The logs of today. Thread-safe.
using CurrentLogs = std::function<std::shared_ptr<const ct::LogList>()>;

// The race for SCTs: as many logs as the policies need are asked at once, others
// when one fails or takes longer than it usually does, and the first set that satisfies
// Chrome and Apple together wins; what still runs then is cancelled, but for what is
// late (CT-05). Thread-safe; blocks.
class GetScts {
 public:
  struct Options {
    ct::LogPolicy policy;
    absl::Duration stagger = absl::Milliseconds(500);  // no log has longer, before it is late
    absl::Duration submission_timeout = absl::Seconds(5);
  };
  struct Environment {
    CurrentLogs logs;
    Submit& submit;
    LogHealth& health;
    base::WorkerPool& submissions;  // not the pool that calls Run
    const base::Clock& clock;
    base::Random& random;
  };

  GetScts(const Options& options, Environment environment)
      : options_(options), environment_(std::move(environment)) {}

  // kMalformed for a chain that isn't one of a precertificate; kUnavailable where
  // no set could be had in time.
  absl::StatusOr<v1::GetSctsResponse> Run(const base::Call& call,
                                          const v1::GetSctsRequest& request) const;

  // Whether a certificate that ends at `not_after` could get a set today from logs
  // in good standing. kUnavailable if not.
  absl::Status CheckEnough(absl::Time not_before, absl::Time not_after) const;

 private:
  class Race;

  const Options options_;
  const Environment environment_;
};

}  // namespace cairn::publisher
