#include "libs/sql/migrations.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/sql/failure.h"

namespace cairn::sql {
namespace {

// Changing a big table takes its time.
constexpr absl::Duration kStepLimit = absl::Hours(1);
constexpr absl::Duration kLimit = absl::Seconds(30);

constexpr std::string_view kCreateTable =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " number INT UNSIGNED NOT NULL,"
    " name VARBINARY(100) NOT NULL,"
    " sha256 BINARY(32) NOT NULL,"
    " applied_at BIGINT NOT NULL,"
    " PRIMARY KEY (number)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";
constexpr Statement kLock{"migration_lock", "SELECT GET_LOCK('cairn_schema_migration', 20)"};
constexpr Statement kUnlock{"migration_unlock", "SELECT RELEASE_LOCK('cairn_schema_migration')"};
constexpr Statement kApplied{"migration_select",
                             "SELECT number, name, sha256 FROM schema_migration ORDER BY number"};
constexpr Statement kDigest{"migration_digest", "SELECT UNHEX(SHA2(?, 256))"};
constexpr Statement kRecord{
    "migration_insert",
    "INSERT INTO schema_migration (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)"};
constexpr Statement kTables{"tables",
                            "SELECT table_name FROM information_schema.tables WHERE table_schema = "
                            "DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name"};

absl::Status Refused(std::string_view detail) {
  return errors::Make(errors::Reason::kInternal, detail);
}

absl::StatusOr<Rows> Query(Connection& connection, const Statement& statement, Values values) {
  Rows rows;
  RETURN_IF_ERROR(connection.Run(statement, values, kLimit, &rows).status());
  return rows;
}

std::vector<std::string> StatementsOf(std::string_view text) {
  std::vector<std::string> statements;
  std::string statement;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with("--")) continue;
    const bool last = line.ends_with(';');
    if (last) line.remove_suffix(1);
    statement.append(line).append("\n");
    if (last) {
      statements.push_back(std::move(statement));
      statement.clear();
    }
  }
  if (!statement.empty()) statements.push_back(std::move(statement));
  return statements;
}

absl::StatusOr<size_t> MigrateLocked(Connection& connection,
                                     const std::vector<Migration>& migrations,
                                     int64_t now_seconds) {
  RETURN_IF_ERROR(connection.RunText(kCreateTable, kLimit));
  ASSIGN_OR_RETURN(const Rows applied, Query(connection, kApplied, {}));
  if (applied.size() > migrations.size()) {
    return Refused("the database has migrations that this version does not know");
  }
  std::vector<std::string> digests;
  for (size_t i = 0; i < migrations.size(); ++i) {
    ASSIGN_OR_RETURN(const Rows digest, Query(connection, kDigest, {migrations[i].text}));
    digests.emplace_back(digest[0].Bytes(0));
    if (i < applied.size() &&
        (applied[i].Unsigned(0) != migrations[i].number || applied[i].Bytes(2) != digests[i])) {
      return Refused(base::Cat("migration ", migrations[i].name, " is not what was applied as ",
                               applied[i].Bytes(1)));
    }
  }
  for (size_t i = applied.size(); i < migrations.size(); ++i) {
    for (const std::string& statement : StatementsOf(migrations[i].text)) {
      if (absl::Status status = connection.RunText(statement, kStepLimit); !status.ok()) {
        return errors::Annotate(status, migrations[i].name);
      }
    }
    RETURN_IF_ERROR(connection
                        .Run(kRecord,
                             {migrations[i].number, migrations[i].name, digests[i], now_seconds},
                             kLimit, nullptr)
                        .status());
  }
  return migrations.size() - applied.size();
}

}  // namespace

absl::StatusOr<std::vector<Migration>> ReadMigrations(const std::string& folder) {
  std::vector<Migration> migrations;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string file = entry->path().filename().string();
    if (!file.ends_with(".sql")) continue;
    const std::string name = file.substr(0, file.size() - 4);
    const size_t digits = name.find_first_not_of("0123456789");
    if (digits != 4 || name[4] != '_') continue;
    std::ifstream in(entry->path(), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in) return Refused(base::Cat("cannot read ", entry->path().string()));
    migrations.push_back({.number = static_cast<uint32_t>(std::stoul(name.substr(0, 4))),
                          .name = name,
                          .text = std::move(text)});
  }
  if (error) return Refused(base::Cat("cannot read ", folder, ": ", error.message()));
  std::sort(migrations.begin(), migrations.end(),
            [](const Migration& a, const Migration& b) { return a.number < b.number; });
  for (size_t i = 0; i < migrations.size(); ++i) {
    if (migrations[i].number != i + 1) {
      return Refused(base::Cat("migration ", i + 1, " is missing or there twice in ", folder));
    }
  }
  if (migrations.empty()) return Refused(base::Cat("no migrations in ", folder));
  return migrations;
}

absl::StatusOr<size_t> Migrate(Connection& connection, const std::vector<Migration>& migrations,
                               int64_t now_seconds) {
  ASSIGN_OR_RETURN(const Rows locked, Query(connection, kLock, {}));
  if (locked[0].SignedOrZero(0) != 1) {
    return MakeFailure(Failure::kRefused, "another migration is running");
  }
  auto migrated = MigrateLocked(connection, migrations, now_seconds);
  // The lock ends with the connection at the latest.
  (void)Query(connection, kUnlock, {});
  return migrated;
}

absl::StatusOr<std::string> DumpSchema(Connection& connection) {
  ASSIGN_OR_RETURN(const Rows tables, Query(connection, kTables, {}));
  std::string schema;
  for (size_t i = 0; i < tables.size(); ++i) {
    // The name comes from the server's own catalogue.
    const std::string text = base::Cat("SHOW CREATE TABLE `", tables[i].Bytes(0), "`");
    ASSIGN_OR_RETURN(const Rows table, Query(connection, {"show_create_table", text}, {}));
    schema += base::Cat(table[0].Bytes(1), ";\n\n");
  }
  return schema;
}

}  // namespace cairn::sql
