#include "services/sa/options.h"

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::sa {
namespace {

config::Sa Minimal() {
  config::Sa config;
  config.mutable_database()->set_socket("/run/mariadb.sock");
  config.mutable_database()->set_user("cairn_sa");
  config.mutable_database()->set_name("cairn");
  return config;
}

TEST_CASE("what is absent has its documented default") {
  const auto options = Options::Parse(Minimal());
  REQUIRE_OK(options);
  CHECK(options->database.server.socket == "/run/mariadb.sock");
  CHECK(options->database.server.user == "cairn_sa");
  CHECK(options->database.server.database == "cairn");
  CHECK(options->database.server.password.empty());
  CHECK(options->database.connections == 8);
  CHECK(options->database.connect_limit == absl::Seconds(3));
  CHECK(options->database.connection.lock_wait == absl::Seconds(3));
  CHECK(options->database.connection.statement_limit == absl::Seconds(20));
}

TEST_CASE("what is there is taken over, the password without its line feed") {
  testing::TempDir dir;
  config::Sa config = Minimal();
  config::Database& database = *config.mutable_database();
  database.clear_socket();
  database.set_address("10.0.0.1:3307");
  database.set_password_file(dir.Write("password", "secret \n"));
  database.set_connections(20);
  database.set_lock_timeout("5s");
  const auto options = Options::Parse(config);
  REQUIRE_OK(options);
  CHECK(options->database.server.host == "10.0.0.1");
  CHECK(options->database.server.port == 3307);
  CHECK(options->database.server.password == "secret ");
  CHECK(options->database.connections == 20);
  CHECK(options->database.connection.lock_wait == absl::Seconds(5));
}

TEST_CASE("a configuration that would not work is refused") {
  using Change = std::function<void(config::Database&)>;
  const std::vector<std::pair<const char*, Change>> changes = {
      {"needs either", [](config::Database& d) { d.clear_socket(); }},
      {"needs either", [](config::Database& d) { d.set_address("10.0.0.1:3306"); }},
      {"database.address",
       [](config::Database& d) {
         d.clear_socket();
         d.set_address("10.0.0.1");
       }},
      {"database.user", [](config::Database& d) { d.clear_user(); }},
      {"database.name", [](config::Database& d) { d.clear_name(); }},
      {"database.password_file", [](config::Database& d) { d.set_password_file("/no/such/file"); }},
      {"database.connections", [](config::Database& d) { d.set_connections(1001); }},
      {"database.connect_timeout", [](config::Database& d) { d.set_connect_timeout("soon"); }},
      {"database.lock_timeout", [](config::Database& d) { d.set_lock_timeout("10ms"); }},
      {"database.statement_timeout", [](config::Database& d) { d.set_statement_timeout("0s"); }},
  };
  for (const auto& [expected, change] : changes) {
    INFO(expected);
    config::Sa config = Minimal();
    change(*config.mutable_database());
    const auto options = Options::Parse(config);
    CHECK_REASON(options, errors::Reason::kMalformed);
    CHECK(std::string(options.status().message()).find(expected) != std::string::npos);
  }
}

}  // namespace
}  // namespace cairn::sa
