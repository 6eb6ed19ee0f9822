#include "services/sa/sql_metrics.h"

#include <string>

namespace cairn::sa {
namespace {

const char* NameOf(sql::Failure failure) {
  switch (failure) {
    case sql::Failure::kNone:
      return "none";
    case sql::Failure::kDuplicateKey:
      return "duplicate_key";
    case sql::Failure::kConflict:
      return "conflict";
    case sql::Failure::kGone:
      return "gone";
    case sql::Failure::kRefused:
      return "refused";
    case sql::Failure::kInternal:
      return "internal";
  }
  return "internal";
}

}  // namespace

SqlMetrics::SqlMetrics(metrics::Registry& registry)
    : registry_(registry),
      commits_(registry.Counter("cairn_sa_commits_total", "Transactions that changed something")) {}

void SqlMetrics::Watch(const sql::Database& database) {
  const auto gauge = [&](const char* state) {
    return registry_.Gauge("cairn_sa_connections", "Connections to the database",
                           {{"state", state}});
  };
  gauge("limit").Set(static_cast<double>(database.limit()));
  const metrics::Gauge in_use = gauge("in_use");
  const metrics::Gauge open = gauge("open");
  registry_.OnScrape([&database, in_use, open] {
    in_use.Set(static_cast<double>(database.in_use()));
    open.Set(static_cast<double>(database.open()));
  });
}

void SqlMetrics::Ran(std::string_view statement, sql::Failure failure, absl::Duration took) {
  metrics::Histogram seconds;
  {
    std::lock_guard lock(mutex_);
    auto found = seconds_.find(statement);
    if (found == seconds_.end()) {
      found = seconds_
                  .emplace(statement,
                           registry_.Histogram("cairn_sa_sql_seconds",
                                               "Time that a statement took, network included",
                                               {{"statement", std::string(statement)}}))
                  .first;
    }
    seconds = found->second;
  }
  seconds.Observe(took);
  if (failure != sql::Failure::kNone) {
    registry_
        .Counter("cairn_sa_sql_failures_total", "Statements that failed",
                 {{"failure", NameOf(failure)}})
        .Add();
  }
}

}  // namespace cairn::sa
