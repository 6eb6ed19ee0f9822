#include "libs/sql/database.h"

#include <absl/status/status.h>
#include <absl/time/clock.h>
#include <absl/time/time.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/errors/errors.h"
#include "libs/sql/migrations.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "tests/harness/mariadb.h"

namespace cairn::sql {
namespace {

using errors::Reason;

constexpr Statement kInsert{"insert", "INSERT INTO thing (id, amount, text) VALUES (?, ?, ?)"};
constexpr Statement kSelect{"select", "SELECT id, amount, text FROM thing ORDER BY id", true};
constexpr Statement kAdd{"add", "UPDATE thing SET amount = amount + ? WHERE id = ?"};
constexpr Statement kSleep{"sleep", "SELECT SLEEP(?)", true};

class Counts final : public Observer {
 public:
  void Ran(std::string_view statement, Failure failure, absl::Duration) override {
    std::lock_guard lock(mutex_);
    ++ran_[std::string(statement)];
    if (failure != Failure::kNone) ++failed_[std::string(statement)];
  }
  void Committed() override { ++commits; }
  int ran(const std::string& statement) {
    std::lock_guard lock(mutex_);
    return ran_[statement];
  }
  int failed(const std::string& statement) {
    std::lock_guard lock(mutex_);
    return failed_[statement];
  }

  std::atomic<int> commits = 0;

 private:
  std::mutex mutex_;
  std::map<std::string, int> ran_;
  std::map<std::string, int> failed_;
};

// Lets `n` threads go on together once all have come.
class Barrier {
 public:
  explicit Barrier(int n) : missing_(n) {}
  void Wait() {
    std::unique_lock lock(mutex_);
    if (--missing_ <= 0) all_.notify_all();
    all_.wait(lock, [&] { return missing_ <= 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  int missing_;
};

struct Fixture {
  explicit Fixture(size_t connections = 4, harness::MariaDb& on = harness::MariaDb::Shared())
      : server(on), schema(server.NewSchema()) {
    REQUIRE_OK(server.Run(schema,
                          "CREATE TABLE thing (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, amount "
                          "BIGINT NULL, text LONGBLOB NULL) ENGINE=InnoDB"));
    Database::Options options{.server = server.Admin(schema), .connections = connections};
    database = std::make_unique<Database>(options, clock, random, &counts);
  }
  base::Call Call(absl::Duration limit = absl::Seconds(10)) {
    return {.deadline = clock.Now() + limit};
  }

  harness::MariaDb& server;
  std::string schema;
  base::SystemClock clock;
  base::SystemRandom random;
  Counts counts;
  std::unique_ptr<Database> database;
};

TEST_CASE("values come back as they went in") {
  Fixture f;
  const std::string zeros("\0\xff'\\\n", 5);
  const std::string large(300'000, 'x');
  REQUIRE_OK(f.database->Execute(f.Call(), kInsert, {UINT64_MAX, INT64_MIN, zeros}));
  REQUIRE_OK(f.database->Execute(f.Call(), kInsert, {1, nullptr, nullptr}));
  REQUIRE_OK(f.database->Execute(f.Call(), kInsert, {2, 7, ""}));
  REQUIRE_OK(f.database->Execute(f.Call(), kInsert, {3, -7, large}));
  for (int again = 0; again < 3; ++again) {
    const auto rows = f.database->Query(f.Call(), kSelect, {});
    REQUIRE_OK(rows);
    REQUIRE(rows->size() == 4);
    CHECK((*rows)[0].Unsigned(0) == 1);
    CHECK((*rows)[0].IsNull(1));
    CHECK((*rows)[0].IsNull(2));
    CHECK((*rows)[0].BytesOrEmpty(2).empty());
    CHECK((*rows)[1].Signed(1) == 7);
    CHECK_FALSE((*rows)[1].IsNull(2));
    CHECK((*rows)[1].Bytes(2).empty());
    CHECK((*rows)[2].Signed(1) == -7);
    CHECK((*rows)[2].Bytes(2) == large);
    CHECK((*rows)[3].Unsigned(0) == UINT64_MAX);
    CHECK((*rows)[3].Signed(1) == INT64_MIN);
    CHECK((*rows)[3].Bytes(2) == zeros);
  }
}

TEST_CASE("an update tells how many rows its condition found, changed or not") {
  Fixture f;
  REQUIRE_OK(f.database->Execute(f.Call(), kInsert, {1, 5, "a"}));
  CHECK(f.database->Execute(f.Call(), kAdd, {0, 1}).value() == 1);
  CHECK(f.database->Execute(f.Call(), kAdd, {1, 2}).value() == 0);
}

TEST_CASE("several rows go in with one statement") {
  Fixture f;
  const std::string text =
      "INSERT INTO thing (id, amount, text) VALUES " + Placeholders(3, "(?,?,?)");
  CHECK(text.ends_with("(?,?,?),(?,?,?),(?,?,?)"));
  const std::vector<Value> values = {1, 1, "a", 2, 2, "b", 3, 3, "c"};
  CHECK(f.database->Execute(f.Call(), {"insert_many", text}, values).value() == 3);
  CHECK(f.counts.ran("insert_many") == 1);
  CHECK(f.counts.commits == 1);
}

TEST_CASE("more statements than a connection keeps still all work") {
  Fixture f(1);
  for (int round = 0; round < 2; ++round) {
    for (int i = 1; i < 100; ++i) {
      const std::string text = "SELECT " + Placeholders(i, "1");
      CHECK_OK(f.database->Query(f.Call(), {"many", text}, {}));
    }
  }
}

TEST_CASE("a duplicate key is a failure of its own") {
  Fixture f;
  REQUIRE_OK(f.database->Execute(f.Call(), kInsert, {1, 5, "a"}));
  const auto again = f.database->Execute(f.Call(), kInsert, {1, 6, "b"});
  CHECK_REASON(again, Reason::kConflict);
  CHECK(FailureOf(again.status()) == Failure::kDuplicateKey);
  CHECK(f.counts.ran("insert") == 2);
}

TEST_CASE("a wrong statement is our mistake and is not tried again") {
  Fixture f;
  const auto result = f.database->Query(f.Call(), {"wrong", "SELECT nothing FROM thing"}, {});
  CHECK_REASON(result, Reason::kInternal);
  CHECK(FailureOf(result.status()) == Failure::kInternal);
  CHECK_OK(f.database->Probe(f.Call()));
}

TEST_CASE("a transaction is committed when its body is OK, and else leaves nothing") {
  Fixture f;
  CHECK_OK(f.database->Transact(f.Call(), Database::Commit::kOnce, [](Transaction& tx) {
    REQUIRE_OK(tx.Execute(kInsert, {1, 1, nullptr}));
    return tx.Execute(kInsert, {2, 2, nullptr}).status();
  }));
  CHECK_REASON(f.database->Transact(f.Call(), Database::Commit::kOnce,
                                    [](Transaction& tx) {
                                      REQUIRE_OK(tx.Execute(kInsert, {3, 3, nullptr}));
                                      return errors::Make(Reason::kMalformed, "changed our mind");
                                    }),
               Reason::kMalformed);
  CHECK(f.database->Query(f.Call(), kSelect, {})->size() == 2);
  CHECK(f.counts.commits == 1);
}

TEST_CASE("one connection serves transactions and single statements in turn, and both last") {
  Fixture f(1);
  REQUIRE_OK(f.database->Execute(f.Call(), kInsert, {1, 1, nullptr}));
  REQUIRE_OK(f.database->Transact(f.Call(), Database::Commit::kOnce, [](Transaction& tx) {
    return tx.Execute(kInsert, {2, 2, nullptr}).status();
  }));
  REQUIRE_OK(f.database->Execute(f.Call(), kInsert, {3, 3, nullptr}));
  CHECK_REASON(f.database->Transact(f.Call(), Database::Commit::kOnce,
                                    [](Transaction& tx) {
                                      REQUIRE_OK(tx.Execute(kInsert, {4, 4, nullptr}));
                                      return errors::Make(Reason::kMalformed, "changed our mind");
                                    }),
               Reason::kMalformed);
  CHECK(f.database->open() == 1);

  Database other({.server = f.server.Admin(f.schema)}, f.clock, f.random, nullptr);
  CHECK(other.Query(f.Call(), kSelect, {})->size() == 3);
}

TEST_CASE("no more connections than allowed, whatever they are set for") {
  Fixture f(2);
  const auto transact = [&](const std::function<void()>& inside) {
    CHECK_OK(f.database->Transact(f.Call(), Database::Commit::kOnce, [&](Transaction& tx) {
      inside();
      return tx.Query(kSelect, {}).status();
    }));
  };
  // Two at once for transactions, then two at once for single statements.
  transact([&] { transact([] {}); });
  CHECK(f.database->open() == 2);
  std::atomic<int> done = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] { done += f.database->Probe(f.Call()).ok() ? 1 : 0; });
  }
  for (auto& caller : callers) caller.join();
  CHECK(done == 4);
  transact([&] { CHECK_OK(f.database->Probe(f.Call())); });
  CHECK(f.database->open() == 2);
}

TEST_CASE("a transaction sees what others committed meanwhile: READ COMMITTED") {
  Fixture f;
  CHECK_OK(f.database->Transact(f.Call(), Database::Commit::kOnce, [&](Transaction& tx) {
    CHECK(tx.Query(kSelect, {})->empty());
    REQUIRE_OK(f.database->Execute(f.Call(), kInsert, {1, 1, nullptr}));
    CHECK(tx.Query(kSelect, {})->size() == 1);
    return absl::OkStatus();
  }));
}

TEST_CASE("transactions that deadlock are tried again until both are done") {
  Fixture f;
  REQUIRE_OK(f.database->Execute(f.Call(), kInsert, {1, 0, nullptr}));
  REQUIRE_OK(f.database->Execute(f.Call(), kInsert, {2, 0, nullptr}));
  Barrier both(2);
  std::atomic<int> bodies = 0;
  const auto transfer = [&](int first, int second) {
    bool met = false;
    return f.database->Transact(f.Call(), Database::Commit::kOnce, [&](Transaction& tx) {
      ++bodies;
      if (auto status = tx.Execute(kAdd, {1, first}).status(); !status.ok()) return status;
      if (!met) both.Wait();
      met = true;
      return tx.Execute(kAdd, {1, second}).status();
    });
  };
  absl::Status there;
  std::thread other([&] { there = transfer(2, 1); });
  const absl::Status here = transfer(1, 2);
  other.join();
  CHECK_OK(here);
  CHECK_OK(there);
  CHECK(bodies == 3);
  CHECK(f.counts.failed("add") == 1);
  const auto rows = f.database->Query(f.Call(), kSelect, {});
  CHECK((*rows)[0].Signed(1) == 2);
  CHECK((*rows)[1].Signed(1) == 2);
}

TEST_CASE("a body that swallows a deadlock is not committed") {
  Fixture f;
  const absl::Status status =
      f.database->Transact(f.Call(), Database::Commit::kOnce, [&](Transaction& tx) {
        REQUIRE_OK(tx.Execute(kInsert, {1, 1, nullptr}));
        CHECK_FALSE(tx.Execute({"wrong", "UPDATE thing SET nothing = 1"}, {}).ok());
        return absl::OkStatus();
      });
  CHECK_REASON(status, Reason::kInternal);
  CHECK(f.database->Query(f.Call(), kSelect, {})->empty());
}

TEST_CASE("a row that stays locked gives unavailable after the tries, with a time to come back") {
  Fixture f;
  REQUIRE_OK(f.database->Execute(f.Call(), kInsert, {1, 0, nullptr}));
  CHECK_OK(f.database->Transact(f.Call(), Database::Commit::kOnce, [&](Transaction& tx) {
    REQUIRE_OK(tx.Execute(kAdd, {1, 1}));
    const auto blocked = f.database->Execute(f.Call(absl::Milliseconds(300)), kAdd, {1, 1});
    CHECK_REASON(blocked, Reason::kUnavailable);
    CHECK(errors::RetryAfterOf(blocked.status()) > absl::ZeroDuration());
    return absl::OkStatus();
  }));
}

TEST_CASE("a slow statement ends at the deadline and its connection is not used again") {
  Fixture f(1);
  const absl::Time began = absl::Now();
  const auto slow = f.database->Query(f.Call(absl::Milliseconds(200)), kSleep, {10});
  CHECK_REASON(slow, Reason::kUnavailable);
  CHECK(errors::RetryAfterOf(slow.status()) > absl::ZeroDuration());
  CHECK(absl::Now() - began < absl::Seconds(2));
  CHECK_OK(f.database->Probe(f.Call()));
}

TEST_CASE("a call without time left asks nothing") {
  Fixture f;
  CHECK_REASON(f.database->Probe({.deadline = f.clock.Now() - absl::Seconds(1)}),
               Reason::kUnavailable);
  CHECK(f.counts.ran("probe") == 0);
}

TEST_CASE("with all connections in use a call waits until its deadline, then is refused") {
  Fixture f(1);
  CHECK_OK(f.database->Transact(f.Call(), Database::Commit::kOnce, [&](Transaction&) {
    CHECK(f.database->in_use() == 1);
    const absl::Status busy = f.database->Probe(f.Call(absl::Milliseconds(100)));
    CHECK_REASON(busy, Reason::kOverloaded);
    CHECK(errors::RetryAfterOf(busy) > absl::ZeroDuration());
    return absl::OkStatus();
  }));
  CHECK(f.database->in_use() == 0);
  CHECK_OK(f.database->Probe(f.Call()));
  CHECK(f.database->open() == 1);
}

TEST_CASE("a waiting call gets the connection that another one gives back") {
  Fixture f(1);
  std::atomic<int> done = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] { done += f.database->Probe(f.Call()).ok() ? 1 : 0; });
  }
  for (auto& caller : callers) caller.join();
  CHECK(done == 8);
  CHECK(f.database->open() == 1);
}

TEST_CASE("nobody listens: unavailable, at once") {
  Fixture f;
  Database::Options options{.server = {.socket = "/tmp/no-such-socket", .user = "root"}};
  Database nowhere(options, f.clock, f.random, nullptr);
  const absl::Status status = nowhere.Probe(f.Call());
  CHECK_REASON(status, Reason::kUnavailable);
  CHECK(errors::RetryAfterOf(status) > absl::ZeroDuration());
  CHECK(nowhere.in_use() == 0);
}

TEST_CASE("a server that was killed and started again is used again, and one that hangs is left") {
  harness::MariaDb server;
  Fixture f(2, server);
  REQUIRE_OK(f.database->Execute(f.Call(), kInsert, {1, 0, nullptr}));

  server.Kill();
  CHECK_REASON(f.database->Probe(f.Call()), Reason::kUnavailable);
  server.Start();
  CHECK(f.database->Query(f.Call(), kSelect, {})->size() == 1);

  // Killed and back inside a transaction: its second try succeeds.
  int bodies = 0;
  CHECK_OK(f.database->Transact(f.Call(), Database::Commit::kOnce, [&](Transaction& tx) {
    if (auto status = tx.Execute(kInsert, {2, 0, nullptr}).status(); !status.ok()) return status;
    if (++bodies == 1) {
      server.Kill();
      server.Start();
    }
    return tx.Execute(kInsert, {3, 0, nullptr}).status();
  }));
  CHECK(bodies == 2);
  CHECK(f.database->Query(f.Call(), kSelect, {})->size() == 3);

  // Killed before COMMIT: whether it took effect is not known, so no second try.
  bodies = 0;
  CHECK_REASON(f.database->Transact(f.Call(), Database::Commit::kOnce,
                                    [&](Transaction& tx) {
                                      ++bodies;
                                      auto status = tx.Execute(kInsert, {4, 0, nullptr}).status();
                                      server.Kill();
                                      server.Start();
                                      return status;
                                    }),
               Reason::kUnavailable);
  CHECK(bodies == 1);
  // Unless the caller says that it may run twice.
  bodies = 0;
  CHECK_OK(f.database->Transact(f.Call(), Database::Commit::kRepeatable, [&](Transaction& tx) {
    auto status = tx.Execute(kInsert, {5, 0, nullptr}).status();
    if (++bodies == 1) {
      server.Kill();
      server.Start();
    }
    return status;
  }));
  CHECK(bodies == 2);

  server.Freeze();
  CHECK_REASON(f.database->Probe(f.Call(absl::Milliseconds(200))), Reason::kUnavailable);
  CHECK_REASON(f.database->Probe(f.Call(absl::Milliseconds(1200))), Reason::kUnavailable);
  server.Thaw();
  CHECK_OK(f.database->Probe(f.Call()));
}

TEST_CASE("migrations are applied once, in order, and compared with what was applied") {
  harness::MariaDb& server = harness::MariaDb::Shared();
  auto connection = Connection::Open(server.Admin(server.NewSchema()), {}, absl::Seconds(5));
  REQUIRE_OK(connection);
  testing::TempDir dir;
  dir.Write("0001_first.sql",
            "-- A table.\nCREATE TABLE a (\n  id INT NOT NULL\n);\nINSERT INTO a VALUES (1);\n");
  auto migrations = ReadMigrations(dir.path());
  REQUIRE_OK(migrations);
  CHECK(Migrate(**connection, *migrations, 1).value() == 1);
  CHECK(Migrate(**connection, *migrations, 2).value() == 0);

  dir.Write("0002_second.sql", "CREATE TABLE b (id INT NOT NULL);\n");
  migrations = ReadMigrations(dir.path());
  CHECK(Migrate(**connection, *migrations, 3).value() == 1);
  const auto schema = DumpSchema(**connection);
  REQUIRE_OK(schema);
  CHECK(schema->find("CREATE TABLE `a`") < schema->find("CREATE TABLE `b`"));

  auto changed = *migrations;
  changed[0].text += "-- touched\n";
  CHECK_FALSE(Migrate(**connection, changed, 4).ok());
  auto fewer = *migrations;
  fewer.pop_back();
  CHECK_FALSE(Migrate(**connection, fewer, 4).ok());
}

TEST_CASE("a gap among the migrations is refused, and so is an empty folder") {
  testing::TempDir dir;
  CHECK_FALSE(ReadMigrations(dir.path()).ok());
  dir.Write("0002_second.sql", "SELECT 1;\n");
  CHECK_FALSE(ReadMigrations(dir.path()).ok());
  CHECK_FALSE(ReadMigrations(dir.File("nowhere")).ok());
}

TEST_CASE("only one migration runs at a time") {
  harness::MariaDb& server = harness::MariaDb::Shared();
  const std::string schema = server.NewSchema();
  testing::TempDir dir;
  dir.Write("0001_first.sql", "CREATE TABLE a (id INT NOT NULL);\n");
  const auto migrations = ReadMigrations(dir.path());
  REQUIRE_OK(migrations);
  std::atomic<int> applied = 0;
  std::vector<std::thread> runs;
  for (int i = 0; i < 4; ++i) {
    runs.emplace_back([&] {
      auto connection = Connection::Open(server.Admin(schema), {}, absl::Seconds(5));
      if (!connection.ok()) return;
      const auto migrated = Migrate(**connection, *migrations, 1);
      if (migrated.ok()) applied += static_cast<int>(*migrated);
    });
  }
  for (auto& run : runs) run.join();
  CHECK(applied == 1);
}

}  // namespace
}  // namespace cairn::sql
