#pragma once

#include <absl/time/time.h>

#include <map>
#include <mutex>
#include <string_view>

#include "libs/metrics/metrics.h"
#include "libs/sql/database.h"
#include "libs/sql/failure.h"

namespace cairn::sa {

// cairn_sa_sql_seconds{statement}, cairn_sa_sql_failures_total{failure},
// cairn_sa_commits_total, and of the pool cairn_sa_connections{state}.
class SqlMetrics final : public sql::Observer {
 public:
  // The registry must outlive the metrics.
  explicit SqlMetrics(metrics::Registry& registry);

  // Shows the pool's use from now on; the database must live as long as anyone
  // asks for the metrics.
  void Watch(const sql::Database& database);

  void Ran(std::string_view statement, sql::Failure failure, absl::Duration took) override;
  void Committed() override { commits_.Add(); }

 private:
  metrics::Registry& registry_;
  const metrics::Counter commits_;
  std::mutex mutex_;
  // The names are constants of the stores: a few dozen.
  std::map<std::string_view, metrics::Histogram> seconds_;
};

}  // namespace cairn::sa
