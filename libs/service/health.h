#pragma once

#include <absl/status/status.h>
#include <grpcpp/health_check_service_interface.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libs/log/log.h"
#include "libs/metrics/metrics.h"

namespace cairn::service {

// Tells the standard health service whether this process can do its work: every
// check is asked once a second, on one thread, and while any fails, the process
// as a whole ("") and each of its services are NOT_SERVING. Changes are logged
// once each, and cairn_health{check} is 1 or 0.
class Health {
 public:
  Health(log::Logger& log, metrics::Registry& registry);
  ~Health();
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;

  // Before Start. `check` should answer at once: all checks share one thread.
  void Add(std::string name, std::function<absl::Status()> check);

  // Asks every check once, then begins to watch. `service` must live until Drain.
  void Start(grpc::HealthCheckServiceInterface* service, std::vector<std::string> services);

  // NOT_SERVING from now on, for ever. Joins the thread.
  void Drain();

 private:
  struct Check {
    std::string name;
    std::function<absl::Status()> check;
    metrics::Gauge gauge;
    enum class State { kUnknown, kGood, kBad } state = State::kUnknown;
  };

  void Run();
  void Evaluate();

  log::Logger& log_;
  metrics::Registry& registry_;
  std::vector<Check> checks_;
  grpc::HealthCheckServiceInterface* service_ = nullptr;
  std::vector<std::string> services_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace cairn::service
