#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "libs/errors/errors.h"
#include "libs/http/tls_probe/tls_probe.h"

namespace cairn::http {

// TLS servers in memory: at an address that it was not told of, nobody listens.
// Records what was sent. Thread-safe.
class FakeTlsProbe final : public TlsProbe {
 public:
  ProbeOutcome Handshake(const base::Call&, const ProbeRequest& request) override {
    std::lock_guard lock(mutex_);
    requests_.push_back(request);
    const auto found = outcomes_.find(request.address.WithPort(request.port));
    if (found != outcomes_.end()) return found->second;
    return {.status = errors::Make(errors::Reason::kConnection, "connection refused")};
  }

  // `where` is "192.0.2.1:443".
  void Set(const std::string& where, ProbeOutcome outcome) {
    std::lock_guard lock(mutex_);
    outcomes_[where] = std::move(outcome);
  }

  std::vector<ProbeRequest> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, ProbeOutcome> outcomes_;
  std::vector<ProbeRequest> requests_;
};

}  // namespace cairn::http
