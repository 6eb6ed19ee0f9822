#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "libs/errors/errors.h"
#include "libs/http/client/client.h"

namespace cairn::va {

// The web in memory: at an address that it was not told of, nobody listens.
// Records what was sent. Thread-safe.
class FakeWeb final : public http::Web {
 public:
  http::GetOutcome Get(const base::Call&, const http::GetRequest& request) override {
    std::lock_guard lock(mutex_);
    requests_.push_back(request);
    const std::string where = request.address.WithPort(request.port);
    const std::string url =
        (request.https ? "https://" : "http://") + request.host + request.target;
    for (const auto& key : {std::pair{where, url}, std::pair{where, std::string()}}) {
      if (const auto found = outcomes_.find(key); found != outcomes_.end()) return found->second;
    }
    return {.status = errors::Make(errors::Reason::kConnection, "connection refused")};
  }

  // `where` is "192.0.2.1:80"; an empty `url` means all others there.
  void Serve(const std::string& where, const std::string& url, http::GetResponse response) {
    Set(where, url, {.connected = true, .response = std::move(response)});
  }
  void Redirect(const std::string& where, const std::string& url, const std::string& location,
                int status = 302) {
    Serve(where, url, {.status = status, .location = location, .whole = true});
  }
  void Set(const std::string& where, const std::string& url, http::GetOutcome outcome) {
    std::lock_guard lock(mutex_);
    outcomes_[{where, url}] = std::move(outcome);
  }

  std::vector<http::GetRequest> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, http::GetOutcome> outcomes_;
  std::vector<http::GetRequest> requests_;
};

}  // namespace cairn::va
