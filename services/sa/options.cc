#include "services/sa/options.h"

#include <absl/time/time.h>

#include "libs/config/checks.h"
#include "libs/config/values.h"

namespace cairn::sa {
namespace {

sql::Server ParseServer(config::Checks& checks, const config::Database& database) {
  sql::Server server;
  checks.Require(database.socket().empty() != database.address().empty(), "database",
                 "needs either socket or address");
  server.socket = database.socket();
  if (!database.address().empty()) {
    const config::HostPort address = checks.Address(database.address(), "database.address");
    server.host = address.host;
    server.port = address.port;
  }
  server.user = checks.Text(database.user(), "database.user");
  server.database = checks.Text(database.name(), "database.name");
  if (!database.password_file().empty()) {
    server.password = checks.Secret(database.password_file(), "database.password_file");
    if (server.password.ends_with('\n')) server.password.pop_back();
  }
  return server;
}

absl::StatusOr<Options> ParseDatabase(const config::Database& database) {
  config::Checks checks;
  Options options;
  options.database.server = ParseServer(checks, database);
  options.database.connections =
      checks.Number(database.connections(), "database.connections", 8, 1, 1000);
  options.database.connect_limit =
      checks.Duration(database.connect_timeout(), "database.connect_timeout", absl::Seconds(3),
                      absl::Milliseconds(10), absl::Minutes(1));
  options.database.connection.lock_wait =
      checks.Duration(database.lock_timeout(), "database.lock_timeout", absl::Seconds(3),
                      absl::Seconds(1), absl::Minutes(1));
  options.database.connection.statement_limit =
      checks.Duration(database.statement_timeout(), "database.statement_timeout", absl::Seconds(20),
                      absl::Seconds(1), absl::Hours(1));
  if (!checks.ok()) return checks.ToStatus();
  return options;
}

}  // namespace

absl::StatusOr<Options> Options::Parse(const config::Sa& config) {
  return ParseDatabase(config.database());
}

absl::StatusOr<Options> Options::Parse(const config::SaMigrate& config) {
  return ParseDatabase(config.database());
}

}  // namespace cairn::sa
