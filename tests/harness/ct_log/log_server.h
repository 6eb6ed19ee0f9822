#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/worker_pool.h"
#include "libs/http/server/server.h"
#include "tests/harness/ct_log/log_double.h"

namespace cairn::ct_log {

// The interfaces of all logs: /NAME/ct/v1/... as RFC 6962 section 4 has them, for
// static-ct logs the submission part of it and /NAME/checkpoint, /NAME/tile/...,
// /NAME/issuer/...; and POST /admin/NAME/MODE[/MILLISECONDS] and
// /admin/NAME/state/STATE.
class LogServer final : public http::Handler {
 public:
  using Logs = std::vector<std::unique_ptr<LogDouble>>;

  // `on_change` runs after the state of a log was changed.
  LogServer(const Logs& logs, std::function<void()> on_change);

  void Handle(http::Request request, std::function<void(http::Response)> reply) override;
  http::Response Refuse(int status) override;

  // Runs what is queued, and no more.
  void Stop() { pool_.Stop(); }

 private:
  http::Response Answer(LogDouble& log, const http::Request& request, std::string_view path) const;
  http::Response Admin(std::string_view path) const;
  LogDouble* Find(std::string_view name) const;

  const Logs& logs_;
  const std::function<void()> on_change_;
  base::WorkerPool pool_;
};

}  // namespace cairn::ct_log
