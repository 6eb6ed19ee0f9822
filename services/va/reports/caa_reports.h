#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "libs/policy/addresses.h"
#include "services/va/reports/report_queue.h"
#include "services/va/reports/send_reports.h"

namespace cairn::va {

// All of it, from a refusal to the wire: a queue, a thread, and what talks to
// strangers' web servers and to our mail relay. Thread-safe.
class CaaReports {
 public:
  struct Options {
    SendReports::Options send;
    std::string trusted_roots;  // PEM file; "": no reports by https
    std::string user_agent;
    std::optional<SmtpRelay::Options> relay;  // none: no reports by mail
    size_t queue = 100;
  };
  struct Environment {
    dns::Resolver& resolver;
    const policy::AddressRules& addresses;
    log::Logger& log;
    metrics::Registry& metrics;
    const base::Clock& clock;
    base::Random& random;
  };

  // What `environment` refers to must outlive this. kMalformed for roots that can't
  // be read.
  static absl::StatusOr<std::unique_ptr<CaaReports>> Create(Options options,
                                                            const Environment& environment);
  // Gives up the report that is under way.
  ~CaaReports();

  CaaRefusals& refusals() { return *queue_; }

 private:
  CaaReports() = default;

  http::Cancellation cancellation_;
  std::unique_ptr<http::ApiClient> web_;
  std::optional<SmtpRelay> relay_;
  std::optional<SendReports> send_;
  std::optional<ReportQueue> queue_;
};

}  // namespace cairn::va
