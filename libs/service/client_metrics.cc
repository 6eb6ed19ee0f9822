#include "libs/service/client_metrics.h"

#include <mutex>

namespace cairn::service {

void ClientMetrics::Finished(std::string_view method, const absl::Status& status,
                             absl::Duration took) {
  {
    std::shared_lock lock(mutex_);
    if (const auto codes = histograms_.find(method); codes != histograms_.end()) {
      if (const auto found = codes->second.find(status.code()); found != codes->second.end()) {
        found->second.Observe(took);
        return;
      }
    }
  }
  const std::string name(method);
  const metrics::Histogram histogram =
      registry_.Histogram("cairn_rpc_client_seconds", "Time from the start of a call to its answer",
                          {{"method", name}, {"code", absl::StatusCodeToString(status.code())}});
  histogram.Observe(took);
  std::unique_lock lock(mutex_);
  histograms_[name].emplace(status.code(), histogram);
}

}  // namespace cairn::service
