#include "libs/base/worker_pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <latch>
#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace cairn::base {
namespace {

TEST_CASE("a pool runs everything that it took, even while it stops") {
  std::atomic<int> ran = 0;
  WorkerPool pool({.threads = 4, .queue = 1000});
  int taken = 0;
  for (int i = 0; i < 500; ++i) taken += pool.TryRun([&] { ++ran; }) ? 1 : 0;
  pool.Stop();
  CHECK(taken == 500);
  CHECK(ran == taken);
  CHECK_FALSE(pool.TryRun([] {}));
  pool.Stop();
}

TEST_CASE("a full queue refuses at once") {
  std::latch started(1), release(1);
  WorkerPool pool({.threads = 1, .queue = 2});
  REQUIRE(pool.TryRun([&] {
    started.count_down();
    release.wait();
  }));
  started.wait();
  CHECK(pool.TryRun([] {}));
  CHECK(pool.TryRun([] {}));
  CHECK(pool.queued() == 2);
  CHECK(pool.busy() == 1);
  CHECK_FALSE(pool.TryRun([] {}));
  release.count_down();
}

TEST_CASE("threads are started when they are needed, up to the bound, and end when they are not") {
  constexpr int kThreads = 100;
  std::latch all(kThreads + 1);
  WorkerPool pool({.threads = kThreads, .queue = 0, .idle_limit = std::chrono::milliseconds(1)});
  CHECK(pool.started() == 0);
  for (int i = 0; i < kThreads; ++i) REQUIRE(pool.TryRun([&] { all.arrive_and_wait(); }));
  CHECK(pool.started() == kThreads);
  CHECK(pool.full());
  CHECK_FALSE(pool.TryRun([] {}));
  all.arrive_and_wait();
  while (pool.started() > 0) std::this_thread::yield();
  CHECK(pool.busy() == 0);
  std::latch ran(1);
  REQUIRE(pool.TryRun([&] { ran.count_down(); }));
  ran.wait();
}

TEST_CASE("what work captured goes with the work, not with the thread") {
  WorkerPool pool({.threads = 1, .queue = 1});
  auto captured = std::make_shared<int>();
  const std::weak_ptr<int> alive = captured;
  REQUIRE(pool.TryRun([captured] { static_cast<void>(captured); }));
  captured.reset();
  while (pool.busy() > 0) std::this_thread::yield();
  CHECK(alive.expired());
  CHECK(pool.started() == 1);
}

TEST_CASE("the thread that became idle last works next") {
  WorkerPool pool({.threads = 8, .queue = 8});
  std::latch both(3);
  for (int i = 0; i < 2; ++i) REQUIRE(pool.TryRun([&] { both.arrive_and_wait(); }));
  both.arrive_and_wait();
  while (pool.busy() > 0) std::this_thread::yield();
  std::set<std::thread::id> used;
  for (int i = 0; i < 20; ++i) {
    std::latch ran(1);
    REQUIRE(pool.TryRun([&] {
      used.insert(std::this_thread::get_id());
      ran.count_down();
    }));
    ran.wait();
    while (pool.busy() > 0) std::this_thread::yield();
  }
  CHECK(used.size() == 1);
  CHECK(pool.started() == 2);
}

TEST_CASE("work that many threads bring and threads that end do not get into each other's way") {
  std::atomic<int> ran = 0;
  std::atomic<int> taken = 0;
  {
    WorkerPool pool({.threads = 4, .queue = 16, .idle_limit = std::chrono::milliseconds(0)});
    std::vector<std::jthread> callers;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&] {
        for (int j = 0; j < 500; ++j) taken += pool.TryRun([&] { ++ran; }) ? 1 : 0;
      });
    }
  }
  CHECK(taken > 0);
  CHECK(ran == taken);
}

}  // namespace
}  // namespace cairn::base
