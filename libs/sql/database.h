#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/sql/connection.h"
#include "libs/sql/failure.h"
#include "libs/sql/rows.h"
#include "libs/sql/statement.h"

namespace cairn::sql {

// Sees each statement that was run and each commit: for metrics and for tests
// that count. Called from many threads at once.
class Observer {
 public:
  virtual ~Observer() = default;
  // COMMIT and ROLLBACK are not reported; a statement that is run again is, each
  // time.
  virtual void Ran(std::string_view statement, Failure failure, absl::Duration took) = 0;
  // A transaction was committed, or a single statement changed something.
  virtual void Committed() = 0;
};

// The statements of one transaction. For the body of Database::Transact only.
class Transaction {
 public:
  absl::StatusOr<Rows> Query(const Statement& statement, Values values);
  absl::StatusOr<uint64_t> Execute(const Statement& statement, Values values);

 private:
  friend class Database;
  Transaction(class Database& database, const base::Call& call, Connection& connection)
      : database_(database), call_(call), connection_(connection) {}

  class Database& database_;
  const base::Call& call_;
  Connection& connection_;
  // The first failure that took the transaction's ground away: it can't be
  // committed any more, whatever the body makes of it.
  absl::Status broken_;
};

// A bounded pool of connections. Thread-safe; every method may block until
// call.deadline. Never waits for anything but the server and a free connection.
//
// A server that is away, or does not answer in time, gives kUnavailable, no free
// connection in time kOverloaded, both with Retry-After. Connections are made
// when needed, so that the next call after the server's return succeeds.
class Database {
 public:
  struct Options {
    Server server;
    Connection::Options connection;
    size_t connections = 8;
    absl::Duration connect_limit = absl::Seconds(3);
    // How often a transaction or statement that another one was in the way of is
    // tried, and how long it pauses before the second try; each further pause is
    // up to twice as long.
    int tries = 6;
    absl::Duration first_pause = absl::Milliseconds(2);
  };

  // References must outlive the database; `observer` may be null. Connects to
  // nothing yet.
  Database(Options options, const base::Clock& clock, base::Random& random, Observer* observer);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One statement that is its own transaction: run again after a conflict, and
  // after a lost connection if it is repeatable. Where its answer was lost and it
  // is not, the status is kUnavailable and it may have taken effect.
  absl::StatusOr<Rows> Query(const base::Call& call, const Statement& statement, Values values);
  absl::StatusOr<uint64_t> Execute(const base::Call& call, const Statement& statement,
                                   Values values);

  // Whether a transaction may run again although the first one may have been
  // committed: the answer of COMMIT was lost.
  enum class Commit { kOnce, kRepeatable };

  // Runs `body` and commits when it returns OK, else rolls back and returns its
  // status. Starts again, with all of `body`, after a conflict, a certification
  // failure or a connection lost before COMMIT: `body` must leave nothing behind
  // but what it did through the transaction. It must not wait for anything else.
  absl::Status Transact(const base::Call& call, Commit commit,
                        const std::function<absl::Status(Transaction&)>& body);

  // Whether the server answers.
  absl::Status Probe(const base::Call& call);

  // For metrics.
  size_t in_use() const;
  size_t open() const;
  size_t limit() const { return options_.connections; }

 private:
  friend class Transaction;
  class Lease;
  // What a connection was last set to. One that has autocommit off begins a
  // transaction with its first statement: no round trip for START TRANSACTION.
  // So that they need not be set again and again, those for transactions wait
  // apart from those for single statements.
  enum class Use { kSingle, kTransaction };

  absl::StatusOr<Lease> Acquire(const base::Call& call, Use use);
  // An idle connection, or null; what it is set for. The caller holds the mutex.
  std::unique_ptr<Connection> TakeIdle(Use use, Use& set_for);
  void Release(std::unique_ptr<Connection> connection, Use set_for);
  absl::StatusOr<uint64_t> RunOnce(const base::Call& call, Connection& connection,
                                   const Statement& statement, Values values, Rows* rows);
  absl::StatusOr<uint64_t> RunAlone(const base::Call& call, const Statement& statement,
                                    Values values, Rows* rows);
  absl::Status TransactOnce(const base::Call& call,
                            const std::function<absl::Status(Transaction&)>& body,
                            bool* commit_uncertain);
  // False when there is no try or no time left.
  bool Pause(const base::Call& call, int tried);

  const Options options_;
  const base::Clock& clock_;
  base::Random& random_;
  Observer* const observer_;
  mutable std::mutex mutex_;
  std::condition_variable free_;
  // By what they are set for; the last used is taken first.
  std::array<std::vector<std::unique_ptr<Connection>>, 2> idle_;
  size_t in_use_ = 0;
};

}  // namespace cairn::sql
