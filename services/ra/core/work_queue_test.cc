#include "services/ra/core/work_queue.h"

#include <catch2/catch.hpp>
#include <latch>
#include <vector>

#include "libs/testing/status_matchers.h"

namespace cairn::ra {
namespace {

TEST_CASE("a full queue says so before anything is promised") {
  base::WorkerPool pool({.threads = 1, .queue = 2});
  WorkQueue queue(pool, 2);
  std::latch release(1);
  std::atomic<int> ran = 0;

  auto first = queue.Reserve();
  auto second = queue.Reserve();
  REQUIRE_OK(first);
  REQUIRE_OK(second);
  const auto third = queue.Reserve();
  CHECK_REASON(third, errors::Reason::kOverloaded);
  CHECK(errors::RetryAfterOf(third.status()) > absl::ZeroDuration());

  std::move(*first).Run([&] {
    release.wait();
    ++ran;
  });
  std::move(*second).Run([&] { ++ran; });
  CHECK_REASON(queue.Reserve(), errors::Reason::kOverloaded);
  release.count_down();
  pool.Stop();
  CHECK(ran == 2);
}

TEST_CASE("a slot that is not used is given back") {
  base::WorkerPool pool({.threads = 1, .queue = 1});
  WorkQueue queue(pool, 1);
  { REQUIRE_OK(queue.Reserve()); }
  CHECK(queue.taken() == 0);
  { REQUIRE_OK(queue.Reserve()); }
}

TEST_CASE("every reservation can be used, however quickly places come and go") {
  base::WorkerPool pool({.threads = 2, .queue = 4});
  WorkQueue queue(pool, 4);
  std::atomic<int> ran = 0;
  int handed_over = 0;
  while (handed_over < 2000) {
    auto slot = queue.Reserve();
    if (!slot.ok()) continue;
    std::move(*slot).Run([&] { ++ran; });
    ++handed_over;
  }
  pool.Stop();
  CHECK(ran == handed_over);
  CHECK(queue.taken() == 0);
}

}  // namespace
}  // namespace cairn::ra
