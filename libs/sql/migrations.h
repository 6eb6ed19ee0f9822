#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/sql/connection.h"

namespace cairn::sql {

// One step of the schema: a file NNNN_what.sql. Its statements end with a
// semicolon at the end of a line. Never changed once it has been released: what
// was applied is kept with its SHA-256 and compared.
struct Migration {
  uint32_t number;
  std::string name;  // "NNNN_what"
  std::string text;
};

// Those of a folder, by number: 1, 2, 3, ... without a gap.
absl::StatusOr<std::vector<Migration>> ReadMigrations(const std::string& folder);

// Applies those that the database does not have yet, forward only, alone: under a
// lock of the server (of this node, in a cluster: run one at a time). DDL is not
// transactional: where a migration fails half-way it is not recorded, and its
// statements must stand being run again (IF NOT EXISTS). Returns how many were
// applied. Refuses, before it changes anything, a database with a migration that
// is not in the list or has another text.
absl::StatusOr<size_t> Migrate(Connection& connection, const std::vector<Migration>& migrations,
                               int64_t now_seconds);

// The schema as text: what SHOW CREATE TABLE tells, of each table by name.
absl::StatusOr<std::string> DumpSchema(Connection& connection);

}  // namespace cairn::sql
