#include "libs/sql/database.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"

namespace cairn::sql {
namespace {

using Monotonic = std::chrono::steady_clock;

constexpr Statement kProbe{"probe", "SELECT 1", /*repeatable=*/true};

// With all connections busy until the deadline, they will be for a moment more.
constexpr absl::Duration kRetryAfter = absl::Seconds(1);

absl::Status TooLate() {
  return errors::Make(errors::Reason::kUnavailable, "no time left to ask the database",
                      kRetryAfter);
}

}  // namespace

// A connection out of the pool; goes back with the object.
class Database::Lease {
 public:
  Lease(Database& database, std::unique_ptr<Connection> connection, Use set_for)
      : database_(&database), connection_(std::move(connection)), set_for_(set_for) {}
  Lease(Lease&&) = default;
  Lease& operator=(Lease&&) = delete;
  ~Lease() {
    if (connection_ != nullptr) database_->Release(std::move(connection_), set_for_);
  }
  Connection& operator*() { return *connection_; }
  Connection* operator->() { return connection_.get(); }

  absl::Status SetFor(Use use, absl::Duration limit) {
    if (set_for_ == use) return absl::OkStatus();
    RETURN_IF_ERROR(connection_->RunText(
        use == Use::kTransaction ? "SET autocommit = 0" : "SET autocommit = 1", limit));
    set_for_ = use;
    return absl::OkStatus();
  }

 private:
  Database* database_;
  std::unique_ptr<Connection> connection_;
  Use set_for_;
};

absl::StatusOr<Rows> Transaction::Query(const Statement& statement, Values values) {
  if (!broken_.ok()) return broken_;
  Rows rows;
  const auto run = database_.RunOnce(call_, connection_, statement, values, &rows);
  if (!run.ok()) {
    broken_ = run.status();
    return run.status();
  }
  return rows;
}

absl::StatusOr<uint64_t> Transaction::Execute(const Statement& statement, Values values) {
  if (!broken_.ok()) return broken_;
  auto run = database_.RunOnce(call_, connection_, statement, values, nullptr);
  // A refused duplicate undoes its own statement only: the body may go on.
  if (!run.ok() && FailureOf(run.status()) != Failure::kDuplicateKey) broken_ = run.status();
  return run;
}

Database::Database(Options options, const base::Clock& clock, base::Random& random,
                   Observer* observer)
    : options_(std::move(options)), clock_(clock), random_(random), observer_(observer) {
  INVARIANT(options_.connections > 0, "the owner's Options reject zero");
}

Database::~Database() {
  std::lock_guard lock(mutex_);
  INVARIANT(in_use_ == 0, "callers end before their database");
}

absl::StatusOr<Database::Lease> Database::Acquire(const base::Call& call, Use use) {
  // As the server makes them.
  Use set_for = Use::kSingle;
  std::unique_ptr<Connection> connection;
  {
    std::unique_lock lock(mutex_);
    const absl::Duration left = std::min(call.Left(clock_), absl::Hours(1));
    if (!free_.wait_for(lock, absl::ToChronoNanoseconds(left),
                        [&] { return in_use_ < options_.connections; })) {
      return errors::Make(errors::Reason::kOverloaded, "the database is busy", kRetryAfter);
    }
    ++in_use_;
    connection = TakeIdle(use, set_for);
  }
  const absl::Duration left = call.Left(clock_);
  if (connection == nullptr) {
    auto opened = left > absl::ZeroDuration()
                      ? Connection::Open(options_.server, options_.connection,
                                         std::min(left, options_.connect_limit))
                      : TooLate();
    if (!opened.ok()) {
      Release(nullptr, set_for);
      return opened.status();
    }
    connection = *std::move(opened);
  }
  return Lease(*this, std::move(connection), set_for);
}

std::unique_ptr<Connection> Database::TakeIdle(Use use, Use& set_for) {
  const auto take = [&](Use from) -> std::unique_ptr<Connection> {
    auto& idle = idle_[static_cast<size_t>(from)];
    while (!idle.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle.back());
      idle.pop_back();
      if (connection->ClosedByServer()) continue;
      set_for = from;
      return connection;
    }
    return nullptr;
  };
  if (auto connection = take(use)) return connection;
  // Another one more may be opened, until there are as many as there may be.
  if (in_use_ + idle_[0].size() + idle_[1].size() <= options_.connections) return nullptr;
  return take(use == Use::kSingle ? Use::kTransaction : Use::kSingle);
}

void Database::Release(std::unique_ptr<Connection> connection, Use set_for) {
  {
    std::lock_guard lock(mutex_);
    --in_use_;
    if (connection != nullptr && connection->usable()) {
      idle_[static_cast<size_t>(set_for)].push_back(std::move(connection));
    }
  }
  free_.notify_one();
}

absl::StatusOr<uint64_t> Database::RunOnce(const base::Call& call, Connection& connection,
                                           const Statement& statement, Values values, Rows* rows) {
  const absl::Duration left = call.Left(clock_);
  if (left <= absl::ZeroDuration()) return TooLate();
  const auto began = Monotonic::now();
  auto run = connection.Run(statement, values, left, rows);
  if (observer_ != nullptr) {
    observer_->Ran(statement.name, run.ok() ? Failure::kNone : FailureOf(run.status()),
                   absl::FromChrono(Monotonic::now() - began));
  }
  return run;
}

absl::StatusOr<uint64_t> Database::RunAlone(const base::Call& call, const Statement& statement,
                                            Values values, Rows* rows) {
  for (int tried = 1;; ++tried) {
    absl::Status failed;
    bool ran = false;
    {
      ASSIGN_OR_RETURN(Lease connection, Acquire(call, Use::kSingle));
      failed = connection.SetFor(Use::kSingle, call.Left(clock_));
      if (failed.ok()) {
        ran = true;
        auto run = RunOnce(call, *connection, statement, values, rows);
        if (run.ok()) {
          if (rows == nullptr && *run > 0 && observer_ != nullptr) observer_->Committed();
          return run;
        }
        failed = run.status();
      }
    }
    const Failure failure = FailureOf(failed);
    const bool again = failure == Failure::kConflict ||
                       (failure == Failure::kGone && (statement.repeatable || !ran));
    if (!again || !Pause(call, tried)) return failed;
  }
}

absl::StatusOr<Rows> Database::Query(const base::Call& call, const Statement& statement,
                                     Values values) {
  Rows rows;
  RETURN_IF_ERROR(RunAlone(call, statement, values, &rows).status());
  return rows;
}

absl::StatusOr<uint64_t> Database::Execute(const base::Call& call, const Statement& statement,
                                           Values values) {
  return RunAlone(call, statement, values, nullptr);
}

absl::Status Database::Transact(const base::Call& call, Commit commit,
                                const std::function<absl::Status(Transaction&)>& body) {
  for (int tried = 1;; ++tried) {
    bool commit_uncertain = false;
    const absl::Status status = TransactOnce(call, body, &commit_uncertain);
    if (status.ok()) return status;
    const Failure failure = FailureOf(status);
    const bool again = commit_uncertain
                           ? commit == Commit::kRepeatable
                           : failure == Failure::kConflict || failure == Failure::kGone;
    if (!again || !Pause(call, tried)) return status;
  }
}

absl::Status Database::TransactOnce(const base::Call& call,
                                    const std::function<absl::Status(Transaction&)>& body,
                                    bool* commit_uncertain) {
  ASSIGN_OR_RETURN(Lease connection, Acquire(call, Use::kTransaction));
  if (call.Left(clock_) <= absl::ZeroDuration()) return TooLate();
  RETURN_IF_ERROR(connection.SetFor(Use::kTransaction, call.Left(clock_)));
  Transaction transaction(*this, call, *connection);
  absl::Status status = body(transaction);
  if (!transaction.broken_.ok()) status = transaction.broken_;
  // COMMIT gets its time even at the deadline: a lost answer is worse than a late one.
  constexpr absl::Duration kLeast = absl::Milliseconds(500);
  if (status.ok()) {
    status = connection->RunText("COMMIT", std::max(call.Left(clock_), kLeast));
    if (status.ok()) {
      if (observer_ != nullptr) observer_->Committed();
      return status;
    }
    *commit_uncertain = FailureOf(status) != Failure::kConflict;
    return status;
  }
  // A ROLLBACK that fails has made the connection unusable: closing it rolls back.
  if (connection->usable()) (void)connection->RunText("ROLLBACK", kLeast);
  return status;
}

bool Database::Pause(const base::Call& call, int tried) {
  if (tried >= options_.tries) return false;
  const absl::Duration longest = options_.first_pause * (int64_t{1} << std::min(tried - 1, 6));
  // Between half and all of it: two that were in each other's way part.
  const double share = 0.5 + 0.5 * static_cast<double>(random_.Uint64() >> 11) * 0x1p-53;
  const absl::Duration pause = longest * share;
  if (pause >= call.Left(clock_)) return false;
  std::this_thread::sleep_for(absl::ToChronoNanoseconds(pause));
  return true;
}

absl::Status Database::Probe(const base::Call& call) { return Query(call, kProbe, {}).status(); }

size_t Database::in_use() const {
  std::lock_guard lock(mutex_);
  return in_use_;
}

size_t Database::open() const {
  std::lock_guard lock(mutex_);
  return in_use_ + idle_[0].size() + idle_[1].size();
}

}  // namespace cairn::sql
