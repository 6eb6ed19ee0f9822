// Brings the schema of the SA's database up to date: `migrate --config FILE`,
// before an SA of the same version starts. Safe to repeat. The file is a
// config::SaMigrate. Exits with 0; 2 for a mistake in flags or configuration; 1
// when the database can't be reached or refuses.

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "libs/base/clock.h"
#include "libs/config/load.h"
#include "libs/sql/connection.h"
#include "libs/sql/migrations.h"
#include "protos/config/sa.pb.h"
#include "services/sa/migrations/migrations.h"
#include "services/sa/options.h"

namespace cairn::sa {
namespace {

int Fail(int code, const absl::Status& status) {
  std::fprintf(stderr, "migrate: %s\n", std::string(status.message()).c_str());
  return code;
}

int Run(const std::string& path) {
  const auto config = config::Load<config::SaMigrate>(path);
  if (!config.ok()) return Fail(2, config.status());
  const auto options = Options::Parse(*config);
  if (!options.ok()) return Fail(2, options.status());
  const auto connection = sql::Connection::Open(
      options->database.server, options->database.connection, options->database.connect_limit);
  if (!connection.ok()) return Fail(1, connection.status());
  const base::SystemClock clock;
  const auto applied = sql::Migrate(**connection, Migrations(), absl::ToUnixSeconds(clock.Now()));
  if (!applied.ok()) return Fail(1, applied.status());
  std::printf("{\"event\":\"migrated\",\"applied\":%zu,\"schema\":%zu}\n", *applied,
              Migrations().size());
  return 0;
}

}  // namespace
}  // namespace cairn::sa

int main(int argc, char** argv) {
  const std::string_view flag = argc > 1 ? argv[1] : "";
  if (argc == 3 && flag == "--config") return cairn::sa::Run(argv[2]);
  if (argc == 2 && flag.starts_with("--config=")) {
    return cairn::sa::Run(std::string(flag.substr(flag.find('=') + 1)));
  }
  std::fprintf(stderr, "usage: migrate --config FILE\n");
  return 2;
}
