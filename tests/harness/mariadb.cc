#include "tests/harness/mariadb.h"

#include <absl/time/time.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "tests/harness/program.h"

namespace cairn::harness {
MariaDb::MariaDb() : socket_(dir_.File("sql.sock")) {
  const int installed = Wait(Spawn(
      {"mariadb-install-db", "--no-defaults", "--user=root", "--datadir=" + dir_.File("data"),
       "--skip-test-db", "--auth-root-authentication-method=normal", "--innodb-log-file-size=8M"},
      dir_.File("install.log")));
  INVARIANT(installed == 0, "mariadb-server is installed");
  Start();
}

MariaDb::~MariaDb() { Kill(); }

MariaDb& MariaDb::Shared() {
  static MariaDb server;
  return server;
}

sql::Server MariaDb::Admin(const std::string& database) const {
  return {.socket = socket_, .user = "root", .database = database};
}

std::string MariaDb::NewSchema() {
  const std::string name = base::Cat("test_", ++schemas_);
  const absl::Status created = Run("", "CREATE DATABASE " + name);
  INVARIANT(created.ok(), "the server is up");
  return name;
}

absl::Status MariaDb::Run(const std::string& database, const std::string& text) {
  auto connection = sql::Connection::Open(Admin(database), {}, absl::Seconds(5));
  if (!connection.ok()) return connection.status();
  return (*connection)->RunText(text, absl::Seconds(10));
}

void MariaDb::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  Wait(pid_);
  pid_ = -1;
}

void MariaDb::Freeze() { kill(pid_, SIGSTOP); }

void MariaDb::Thaw() { kill(pid_, SIGCONT); }

void MariaDb::Start() {
  INVARIANT(pid_ <= 0, "one server at a time");
  pid_ = Spawn(
      {"mariadbd", "--no-defaults", "--user=root", "--datadir=" + dir_.File("data"),
       "--socket=" + socket_, "--pid-file=" + dir_.File("pid"), "--skip-networking",
       "--skip-name-resolve", "--innodb-buffer-pool-size=8M", "--innodb-log-file-size=8M",
       "--innodb-flush-log-at-trx-commit=2", "--innodb-fast-shutdown=2",
       "--innodb-use-native-aio=0", "--key-buffer-size=64K", "--aria-pagecache-buffer-size=1M",
       "--performance-schema=OFF", "--max-connections=100", "--table-open-cache=64"},
      dir_.File("server.log"));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!sql::Connection::Open(Admin(""), {}, absl::Seconds(1)).ok()) {
    INVARIANT(std::chrono::steady_clock::now() < until, "the server starts within 30 s");
    // No sign of life to wait for but that it answers.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace cairn::harness
