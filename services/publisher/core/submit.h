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
#include "libs/metrics/metrics.h"
#include "services/publisher/core/chain.h"
#include "services/publisher/core/log_client.h"

namespace cairn::publisher {

// One submission to one log, measured, and its SCT checked before anybody sees it
// (CT-12). Thread-safe; blocks.
class Submit {
 public:
  Submit(const LogClient& client, const base::Clock& clock, metrics::Registry& metrics)
      : client_(client), clock_(clock), metrics_(metrics) {}

  // Errors of LogClient; kIncorrectResponse, too, for an SCT of another log, of
  // another entry, from another time, or with a wrong signature.
  absl::StatusOr<ct::SignedCertificateTimestamp> Run(const base::Call& call, const ct::Log& log,
                                                     const Chain& chain, const ct::Entry& entry,
                                                     const http::Cancellation* cancellation);

 private:
  absl::StatusOr<ct::SignedCertificateTimestamp> Ask(const base::Call& call, const ct::Log& log,
                                                     const Chain& chain, const ct::Entry& entry,
                                                     const http::Cancellation* cancellation) const;
  void Observe(const std::string& log, const std::string& outcome, absl::Duration took);

  const LogClient& client_;
  const base::Clock& clock_;
  metrics::Registry& metrics_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, metrics::Histogram> histograms_;
};

}  // namespace cairn::publisher
