#include "tests/harness/mariadb.h"

#include <absl/time/time.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "libs/base/invariant.h"
#include "libs/base/strings.h"

namespace cairn::harness {
namespace {

// Starts a program whose output goes to `log`, and that dies with this process.
pid_t Spawn(const std::vector<std::string>& words, const std::string& log) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  INVARIANT(pid >= 0, "the test may start processes");
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(out, 1);
  dup2(out, 2);
  execvp(argv[0], argv.data());
  _exit(127);
}

int Wait(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

}  // namespace

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
