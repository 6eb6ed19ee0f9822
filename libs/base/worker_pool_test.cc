#include "libs/base/worker_pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <latch>

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

}  // namespace
}  // namespace cairn::base
