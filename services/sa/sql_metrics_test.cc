#include "services/sa/sql_metrics.h"

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <string>

#include "libs/base/clock.h"
#include "libs/base/random.h"

namespace cairn::sa {
namespace {

TEST_CASE("statements, failures, commits and the pool are counted") {
  metrics::Registry registry;
  SqlMetrics metrics(registry);
  base::SystemClock clock;
  base::SystemRandom random;
  const sql::Database database({.connections = 3}, clock, random, &metrics);
  metrics.Watch(database);
  metrics.Ran("order_insert", sql::Failure::kNone, absl::Milliseconds(2));
  metrics.Ran("order_insert", sql::Failure::kConflict, absl::Milliseconds(2));
  metrics.Committed();
  const std::string text = registry.Text();
  INFO(text);
  const auto has = [&](const char* line) { return text.find(line) != std::string::npos; };
  CHECK(has("cairn_sa_sql_seconds_count{statement=\"order_insert\"} 2"));
  CHECK(has("cairn_sa_sql_failures_total{failure=\"conflict\"} 1"));
  CHECK(has("cairn_sa_commits_total 1"));
  CHECK(has("cairn_sa_connections{state=\"limit\"} 3"));
  CHECK(has("cairn_sa_connections{state=\"in_use\"} 0"));
}

}  // namespace
}  // namespace cairn::sa
