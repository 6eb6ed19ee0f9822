#include "libs/service/main.h"

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <memory>
#include <utility>

#include "libs/base/call.h"
#include "libs/base/status_macros.h"
#include "libs/service/host.h"
#include "libs/sql/database.h"
#include "protos/config/sa.pb.h"
#include "services/sa/account_services.h"
#include "services/sa/evidence_services.h"
#include "services/sa/log_services.h"
#include "services/sa/options.h"
#include "services/sa/order_services.h"
#include "services/sa/sql_metrics.h"
#include "services/sa/storage/mariadb_accounts.h"
#include "services/sa/storage/mariadb_certificates.h"
#include "services/sa/storage/mariadb_evidence.h"
#include "services/sa/storage/mariadb_log_queue.h"
#include "services/sa/storage/mariadb_log_watch.h"
#include "services/sa/storage/mariadb_orders.h"

namespace cairn::sa {
namespace {

// A database that takes longer to say "1" is not one that requests should wait for.
constexpr absl::Duration kProbeLimit = absl::Seconds(2);

// Everything of one SA, in the order in which it depends on each other.
struct Sa {
  Sa(service::Host& host, Options options)
      : metrics(host.metrics()),
        database(std::move(options.database), host.clock(), host.random(), &metrics),
        accounts(database, host.clock()),
        certificates(database, host.clock(), accounts),
        orders(database, host.clock(), host.random(), accounts, certificates),
        log_queue(database, host.clock(), certificates),
        log_watch(database, host.clock()),
        evidence(database, host.clock()) {
    metrics.Watch(database);
  }

  SqlMetrics metrics;
  sql::Database database;
  MariaDbAccounts accounts;
  MariaDbCertificates certificates;
  MariaDbOrders orders;
  MariaDbLogQueue log_queue;
  MariaDbLogWatch log_watch;
  MariaDbEvidence evidence;
};

absl::Status Build(service::Host& host, const config::Sa& config) {
  ASSIGN_OR_RETURN(Options options, Options::Parse(config));
  if (host.check_only()) return absl::OkStatus();
  Sa& sa = host.Own(std::make_unique<Sa>(host, std::move(options)));
  host.AddHealthCheck("database", [&host, &sa] {
    return sa.database.Probe({.deadline = host.clock().Now() + kProbeLimit});
  });
  auto& runner = host.runner();
  host.Serve(std::make_unique<AccountReaderService>(runner, sa.accounts),
             {{"cairn.sa.v1.AccountReader/*", {"wfe", "ra"}}});
  host.Serve(std::make_unique<AccountWriterService>(runner, sa.accounts),
             {{"cairn.sa.v1.AccountWriter/*", {"ra"}}});
  host.Serve(std::make_unique<OrderReaderService>(runner, sa.orders),
             {{"cairn.sa.v1.OrderReader/*", {"wfe", "ra"}}});
  host.Serve(std::make_unique<OrderWriterService>(runner, sa.orders),
             {{"cairn.sa.v1.OrderWriter/*", {"ra"}}});
  host.Serve(std::make_unique<LogQueueService>(runner, sa.log_queue),
             {{"cairn.sa.v1.LogQueue/*", {"ra"}}});
  host.Serve(std::make_unique<LogWatchService>(runner, sa.log_watch),
             {{"cairn.sa.v1.LogWatch/*", {"ra"}}});
  // For people with a certificate of their own, never for a service.
  host.Serve(std::make_unique<EvidenceReaderService>(runner, sa.evidence),
             {{"cairn.sa.v1.EvidenceReader/*", {"admin"}}});
  return absl::OkStatus();
}

}  // namespace
}  // namespace cairn::sa

int main(int argc, char** argv) {
  return cairn::service::Main<cairn::config::Sa>({.name = "sa", .argc = argc, .argv = argv},
                                                 cairn::sa::Build);
}
