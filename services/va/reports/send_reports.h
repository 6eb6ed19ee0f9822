#pragma once

#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/dns/resolver.h"
#include "libs/http/client/api_client.h"
#include "libs/log/log.h"
#include "libs/metrics/metrics.h"
#include "services/va/core/caa_refusals.h"
#include "services/va/reports/destination.h"
#include "services/va/reports/report.h"
#include "services/va/reports/report_limits.h"
#include "services/va/reports/smtp.h"

namespace cairn::va {

// Tells the owner of a name, where its CAA records ask for it, that they have
// prevented a certificate (RFC 8659 section 4.4). Each report is tried once: it is
// a courtesy, and the record of the refusal is in the audit log. Not thread-safe.
class SendReports {
 public:
  struct Options {
    Reporter reporter;
    absl::Duration interval = absl::Hours(24);  // per domain at most one report in it
    size_t per_hour = 60;                       // in all
    uint16_t https_port = 443;
    absl::Duration timeout = absl::Seconds(30);  // of all reports of one refusal
  };
  struct Environment {
    dns::Resolver& resolver;
    http::Api* web = nullptr;   // null: no reports by https
    MailRelay* mail = nullptr;  // null: none by mail
    log::Logger& log;
    metrics::Registry& metrics;
    const base::Clock& clock;
    base::Random& random;
    const http::Cancellation* cancellation = nullptr;
  };

  // What `environment` refers to must outlive this. `web` must dial public addresses
  // only: see PublicAddresses.
  SendReports(Options options, const Environment& environment);

  // Looks the relevant RRset up once more, for its iodef properties; where by now it
  // is another one, nobody is told. Blocks for at most the timeout.
  void Run(const CaaRefusal& refusal);

 private:
  enum class Outcome { kSent, kFailed, kLimited, kUnusable };
  struct OfScheme {
    const metrics::Counter& Of(Outcome outcome) const;
    metrics::Counter sent, failed, limited, unusable;
  };

  OfScheme CountersOf(const std::string& scheme) const;
  Outcome Report(const base::Call& call, const CaaRefusal& refusal, const Destination& destination);
  absl::Status Post(const base::Call& call, const Destination& destination,
                    const std::string& document) const;

  const Options options_;
  const Environment environment_;
  ReportLimits limits_;
  const OfScheme https_, mailto_;
  const metrics::Counter other_scheme_, changed_;
};

}  // namespace cairn::va
