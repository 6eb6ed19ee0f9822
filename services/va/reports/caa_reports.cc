#include "services/va/reports/caa_reports.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "services/va/reports/public_addresses.h"

namespace cairn::va {

absl::StatusOr<std::unique_ptr<CaaReports>> CaaReports::Create(Options options,
                                                               const Environment& environment) {
  std::unique_ptr<CaaReports> reports(new CaaReports);
  if (!options.trusted_roots.empty()) {
    ASSIGN_OR_RETURN(
        reports->web_,
        http::ApiClient::Create(
            {.user_agent = options.user_agent, .trusted_roots = options.trusted_roots},
            PublicAddresses(environment.resolver, environment.addresses), environment.clock));
  }
  if (options.relay) {
    options.relay->cancel_fd = reports->cancellation_.fd();
    reports->relay_.emplace(*std::move(options.relay), environment.clock);
  }
  reports->send_.emplace(
      std::move(options.send),
      SendReports::Environment{.resolver = environment.resolver,
                               .web = reports->web_.get(),
                               .mail = reports->relay_ ? &*reports->relay_ : nullptr,
                               .log = environment.log,
                               .metrics = environment.metrics,
                               .clock = environment.clock,
                               .random = environment.random,
                               .cancellation = &reports->cancellation_});
  reports->queue_.emplace(
      options.queue, [send = &*reports->send_](const CaaRefusal& refusal) { send->Run(refusal); },
      environment.metrics);
  return reports;
}

CaaReports::~CaaReports() {
  cancellation_.Cancel();
  queue_.reset();  // waits for its thread, which uses all the rest
}

}  // namespace cairn::va
