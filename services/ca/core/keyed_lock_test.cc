#include "services/ca/core/keyed_lock.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "libs/base/clock.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"

namespace cairn::ca {
namespace {

TEST_CASE("a key is held by one at a time, and others go past it") {
  const base::SystemClock clock;
  KeyedLock lock(clock);
  std::optional<KeyedLock::Held> held = lock.Lock({}, "a").value();
  base::Call hasty;
  hasty.deadline = clock.Now() + absl::Milliseconds(1);
  CHECK_REASON(lock.Lock(hasty, "a"), errors::Reason::kDeadlineExceeded);
  CHECK_OK(lock.Lock(hasty, "b"));
  held.reset();
  CHECK_OK(lock.Lock(hasty, "a"));
}

TEST_CASE("many threads enter one after the other") {
  const base::SystemClock clock;
  KeyedLock lock(clock);
  std::atomic<int> inside = 0;
  std::atomic<int> overlaps = 0;
  int entered = 0;  // guarded by the key
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 100; ++round) {
          const absl::StatusOr<KeyedLock::Held> held = lock.Lock({}, "key");
          if (!held.ok() || inside.fetch_add(1) != 0) ++overlaps;
          ++entered;
          --inside;
        }
      });
    }
  }
  CHECK(overlaps == 0);
  CHECK(entered == 400);
}

}  // namespace
}  // namespace cairn::ca
