#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "libs/sql/rows.h"
#include "libs/sql/statement.h"

// MariaDB Connector/C's, which nobody outside this library sees.
struct st_mysql;

namespace cairn::sql {

// Where the server is and who we are.
struct Server {
  std::string socket;  // a Unix socket; empty: host and port
  std::string host;
  uint16_t port = 3306;
  std::string user;
  std::string password;
  std::string database;  // empty: none chosen
};

// One connection and the statements it has prepared. Not thread-safe.
//
// Isolation is READ COMMITTED, so that no SELECT keeps an old view of the rows
// and no range is locked; time zone UTC; strict SQL mode; strings are bytes.
class Connection {
 public:
  struct Options {
    // The longest that anything waits for a row's lock, and that the server works
    // on one statement: it ends what we no longer wait for.
    absl::Duration lock_wait = absl::Seconds(3);
    absl::Duration statement_limit = absl::Seconds(20);
  };

  // Waits at most `limit`. kRefused where nobody listens.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Server& server,
                                                          const Options& options,
                                                          absl::Duration limit);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Prepares the statement unless this connection has before, runs it, waits at
  // most `limit` for its answer. Fills `rows` with what it brought; for a
  // statement that brings rows it must not be null. Returns how many rows a
  // writing statement found to write to, changed or not.
  absl::StatusOr<uint64_t> Run(const Statement& statement, Values values, absl::Duration limit,
                               Rows* rows);

  // Text without parameters or rows: COMMIT, ROLLBACK, the statements of a migration.
  absl::Status RunText(std::string_view text, absl::Duration limit);

  // False once an error has left the connection in an unknown state: close it.
  bool usable() const { return usable_; }
  // Whether the server has closed an idle connection, or said something unasked
  // (that it will). One system call; no round trip.
  bool ClosedByServer() const;

 private:
  struct Prepared;
  explicit Connection(st_mysql* mysql);

  absl::StatusOr<Prepared*> Prepare(const Statement& statement);
  absl::Status Fetch(Prepared& prepared, Rows& rows);
  absl::Status Failed(unsigned int number, std::string_view what, const char* text);
  void SetLimit(absl::Duration limit);

  st_mysql* mysql_;
  bool usable_ = true;
  uint64_t uses_ = 0;
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::unique_ptr<Prepared>, TextHash, std::equal_to<>> prepared_;
};

}  // namespace cairn::sql
