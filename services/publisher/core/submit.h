#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/ct/log_list.h"
#include "libs/ct/sct.h"
#include "libs/http/client/api_client.h"
#include "libs/log/log.h"
#include "libs/metrics/metrics.h"
#include "services/publisher/core/chain.h"
#include "services/publisher/core/log_client.h"
#include "services/publisher/core/log_health.h"

namespace cairn::publisher {

// One submission to one log, and its SCT checked before anybody sees it (CT-12). How
// it went is measured, remembered in the log's health, and a failure is logged.
// Thread-safe; blocks.
class Submit {
 public:
  struct Environment {
    const LogClient& client;
    LogHealth& health;
    log::Logger& log;
    metrics::Registry& metrics;
    const base::Clock& clock;
  };

  // A log that takes longer than `slow` isn't well, even if it answers.
  Submit(absl::Duration slow, const Environment& environment)
      : slow_(slow), environment_(environment) {}

  // Errors of LogClient; kIncorrectResponse, too, for an SCT of another log, of
  // another entry, from another time, or with a wrong signature. What is cancelled says
  // nothing about the log.
  absl::StatusOr<ct::SignedCertificateTimestamp> Run(const base::Call& call, const ct::Log& log,
                                                     const Chain& chain, const ct::Entry& entry,
                                                     const http::Cancellation* cancellation);

 private:
  absl::StatusOr<ct::SignedCertificateTimestamp> Ask(const base::Call& call, const ct::Log& log,
                                                     const Chain& chain, const ct::Entry& entry,
                                                     const http::Cancellation* cancellation) const;
  void Remember(const ct::Log& log, const absl::Status& status, absl::Duration took);
  void Observe(const std::string& log, const std::string& outcome, absl::Duration took);

  const absl::Duration slow_;
  const Environment environment_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, metrics::Histogram> histograms_;
};

}  // namespace cairn::publisher
