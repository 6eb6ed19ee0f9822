#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/worker_pool.h"
#include "libs/http/server/server.h"
#include "libs/metrics/metrics.h"
#include "libs/service/host.h"
#include "services/wfe/core/front_end.h"

namespace cairn::wfe {

// The HTTP server in front of the front end: moves requests to a bounded pool,
// refuses at once when it is full, counts.
class Edge {
 public:
  // `request_timeout` bounds all that is done for one request. `front_end` must
  // outlive the edge.
  Edge(service::Host& host, std::vector<http::Server::Options> listeners,
       absl::Duration request_timeout, const base::WorkerPool::Options& pool, FrontEnd& front_end);
  ~Edge();

  // Listens; adds the addresses to the host's `listening` line.
  absl::Status Start();
  void Stop();
  // Of listener number `listener`, once it listens: "127.0.0.1:14000".
  std::string address(size_t listener) const { return servers_[listener]->address(); }

 private:
  struct Counted {
    metrics::Histogram seconds;
    std::map<int, metrics::Counter> by_class;  // first digit of the HTTP status
  };

  // One listener's requests; knows under which base URL they come.
  class Entrance;

  void Handle(size_t listener, http::Request request, std::function<void(http::Response)> reply);
  void Count(std::string_view resource, const http::Response& response, absl::Time began);

  service::Host& host_;
  const std::vector<http::Server::Options> listeners_;
  const absl::Duration request_timeout_;
  base::WorkerPool& pool_;
  const size_t begin_limit_;  // of the queue, for requests that begin something
  FrontEnd& front_end_;
  std::map<std::string, Counted, std::less<>> counted_;
  std::vector<std::unique_ptr<Entrance>> entrances_;
  std::vector<std::unique_ptr<http::Server>> servers_;
};

}  // namespace cairn::wfe
