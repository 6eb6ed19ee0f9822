#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/journal/journal.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::journal {
namespace {

// What the child tells the parent once Append has returned.
struct Acknowledged {
  uint64_t thread;
  uint64_t number;
  uint64_t index;
};

std::string Record(const Acknowledged& what) {
  return base::Cat("thread ", what.thread, " number ", what.number) +
         std::string(what.number % 700, 'x');
}

// Appends from four threads until it is killed.
[[noreturn]] void AppendForEver(const Options& options, int pipe) {
  Recovery recovery;
  auto journal = Journal::Open(options, &recovery);
  if (!journal.ok()) _exit(1);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t number = 0;; ++number) {
        Acknowledged what{.thread = t, .number = number, .index = 0};
        const auto index = (*journal)->Append(Record(what));
        if (!index.ok()) _exit(2);
        what.index = *index;
        if (write(pipe, &what, sizeof what) != sizeof what) _exit(3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  _exit(4);
}

TEST_CASE("kill -9 in mid-append loses no acknowledged record and leaves no damage") {
  testing::TempDir dir;
  const Options options{.directory = dir.File("journal"), .segment_bytes = 20'000};
  std::map<uint64_t, Acknowledged> acknowledged;
  for (int round = 0; round < 8; ++round) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) AppendForEver(options, ends[1]);
    close(ends[1]);
    // Another number of records each time, so that the kill hits other moments.
    Acknowledged what;
    for (int i = 0; i < 40 + 7 * round; ++i) {
      REQUIRE(read(ends[0], &what, sizeof what) == sizeof what);
      CHECK(acknowledged.emplace(what.index, what).second);
    }
    kill(child, SIGKILL);
    int status;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    while (read(ends[0], &what, sizeof what) == sizeof what) {
      CHECK(acknowledged.emplace(what.index, what).second);
    }
    close(ends[0]);

    Recovery recovery;
    const auto journal = Journal::Open(options, &recovery);
    REQUIRE_OK(journal);
    CHECK(recovery.records >= acknowledged.size());
    for (const auto& [index, record] : acknowledged) {
      CHECK((*journal)->Read(index).value() == Record(record));
    }
  }
}

// Runs `body` in a child process that may only write files of up to `limit`
// octets: a write beyond fails as on a full disk. Returns the child's exit code.
int RunWithFileLimit(rlim_t limit, const std::function<int()>& body) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limits{.rlim_cur = limit, .rlim_max = limit};
    _exit(setrlimit(RLIMIT_FSIZE, &limits) == 0 ? body() : 100);
  }
  int status;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

TEST_CASE("after a failed write nothing is appended until the journal is opened again") {
  testing::TempDir dir;
  const Options options{.directory = dir.File("journal")};
  const int code = RunWithFileLimit(1000, [&] {
    Recovery recovery;
    const auto journal = Journal::Open(options, &recovery);
    if (!journal.ok()) return 1;
    if (!(*journal)->Append(std::string(500, 'a')).ok()) return 2;
    const auto full = (*journal)->Append(std::string(500, 'b'));
    if (errors::ReasonOf(full.status()) != errors::Reason::kUnavailable) return 3;
    if (std::string(full.status().message()).find("File too large") == std::string::npos) return 4;
    // It would fit, but what the disk holds by now is unknown.
    const auto small = (*journal)->Append("c");
    if (errors::ReasonOf(small.status()) != errors::Reason::kUnavailable) return 5;
    if ((*journal)->size() != 1 || !(*journal)->Read(0).ok()) return 6;
    return 0;
  });
  CHECK(code == 0);

  Recovery recovery;
  const auto journal = Journal::Open(options, &recovery);
  REQUIRE_OK(journal);
  CHECK(recovery.records == 1);
  CHECK(recovery.bytes_cut > 0);
  CHECK((*journal)->Append("c").value() == 1);
}

TEST_CASE("a disk too full for a new segment is an error, and nothing is lost") {
  testing::TempDir dir;
  const Options options{.directory = dir.File("journal"), .segment_bytes = 1};
  {
    Recovery recovery;
    const auto journal = Journal::Open(options, &recovery);
    REQUIRE_OK(journal);
    REQUIRE_OK((*journal)->Append("first"));
  }
  const int code = RunWithFileLimit(40, [&] {
    Recovery recovery;
    const auto journal = Journal::Open(options, &recovery);
    if (!journal.ok()) return 1;
    return errors::ReasonOf((*journal)->Append("second").status()) == errors::Reason::kUnavailable
               ? 0
               : 2;
  });
  CHECK(code == 0);
  Recovery recovery;
  const auto journal = Journal::Open(options, &recovery);
  REQUIRE_OK(journal);
  CHECK(recovery.records == 1);
  CHECK((*journal)->Append("second").value() == 1);
}

}  // namespace
}  // namespace cairn::journal
