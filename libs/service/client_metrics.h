#pragma once

#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include "libs/metrics/metrics.h"
#include "libs/service/peer.h"

namespace cairn::service {

// cairn_rpc_client_seconds{method,code}. Thread-safe.
class ClientMetrics final : public Peer::Observer {
 public:
  explicit ClientMetrics(metrics::Registry& registry) : registry_(registry) {}

  void Finished(std::string_view method, const absl::Status& status, absl::Duration took) override;

 private:
  metrics::Registry& registry_;
  std::shared_mutex mutex_;
  // The methods are constants of the code, so this does not grow without bound.
  std::map<std::string, std::map<absl::StatusCode, metrics::Histogram>, std::less<>> histograms_;
};

}  // namespace cairn::service
