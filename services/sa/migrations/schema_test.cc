#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "libs/sql/connection.h"
#include "libs/sql/migrations.h"
#include "libs/testing/status_matchers.h"
#include "services/sa/migrations/migrations.h"
#include "tests/harness/mariadb.h"

namespace cairn::sa {
namespace {

TEST_CASE("schema.sql is what the migrations make of an empty database") {
  harness::MariaDb& server = harness::MariaDb::Shared();
  auto connection = sql::Connection::Open(server.Admin(server.NewSchema()), {}, absl::Seconds(5));
  REQUIRE_OK(connection);
  REQUIRE_OK(sql::Migrate(**connection, Migrations(), 1));
  const auto dump = sql::DumpSchema(**connection);
  REQUIRE_OK(dump);

  std::ifstream file("services/sa/migrations/schema.sql", std::ios::binary);
  std::string schema{std::istreambuf_iterator<char>(file), {}};
  // The first lines say how the file is made.
  while (schema.starts_with("--")) schema.erase(0, schema.find('\n') + 1);
  const bool equal = schema == *dump;
  // Catch2 would break its lines.
  if (!equal) std::cout << "schema.sql should be:\n" << *dump << "(end)\n";
  CHECK(equal);
}

TEST_CASE("every migration can be run again, as after one that failed half-way") {
  harness::MariaDb& server = harness::MariaDb::Shared();
  auto connection = sql::Connection::Open(server.Admin(server.NewSchema()), {}, absl::Seconds(5));
  REQUIRE_OK(connection);
  REQUIRE_OK(sql::Migrate(**connection, Migrations(), 1));
  const std::string before = sql::DumpSchema(**connection).value();
  REQUIRE_OK((*connection)->RunText("DELETE FROM schema_migration", absl::Seconds(5)));
  REQUIRE_FALSE(Migrations().empty());
  CHECK(sql::Migrate(**connection, Migrations(), 2).value() == Migrations().size());
  CHECK(sql::DumpSchema(**connection).value() == before);
}

}  // namespace
}  // namespace cairn::sa
