#include "libs/service/health.h"

#include <chrono>
#include <utility>

namespace cairn::service {

Health::Health(log::Logger& log, metrics::Registry& registry) : log_(log), registry_(registry) {}

Health::~Health() { Drain(); }

void Health::Add(std::string name, std::function<absl::Status()> check) {
  const metrics::Gauge gauge =
      registry_.Gauge("cairn_health", "Whether a check passes", {{"check", name}});
  checks_.push_back({.name = std::move(name), .check = std::move(check), .gauge = gauge});
}

void Health::Start(grpc::HealthCheckServiceInterface* service, std::vector<std::string> services) {
  service_ = service;
  services_ = std::move(services);
  services_.push_back("");
  Evaluate();
  thread_ = std::jthread([this] { Run(); });
}

void Health::Drain() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  // From here on the service ignores what it's told.
  if (service_ != nullptr) service_->Shutdown();
  service_ = nullptr;
}

void Health::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
    lock.unlock();
    Evaluate();
    lock.lock();
  }
}

void Health::Evaluate() {
  bool all_good = true;
  for (Check& check : checks_) {
    const absl::Status status = check.check();
    const auto state = status.ok() ? Check::State::kGood : Check::State::kBad;
    all_good = all_good && status.ok();
    check.gauge.Set(status.ok() ? 1 : 0);
    if (state == check.state) continue;
    if (!status.ok()) {
      log_.Warn("health_check_fails", {{"check", check.name}, {"detail", status}});
    } else if (check.state == Check::State::kBad) {
      log_.Info("health_check_passes_again", {{"check", check.name}});
    }
    check.state = state;
  }
  for (const std::string& service : services_) service_->SetServingStatus(service, all_good);
}

}  // namespace cairn::service
