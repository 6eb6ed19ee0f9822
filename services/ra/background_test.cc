#include "services/ra/background.h"

#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <latch>

namespace cairn::ra {
namespace {

TEST_CASE("background work is done again and again until the pause is stopped") {
  StoppablePause pause;
  std::latch three_times(3);
  int runs = 0;
  {
    Background background(absl::Milliseconds(1), pause, [&] {
      if (++runs <= 3) three_times.count_down();
    });
    three_times.wait();
    pause.Stop();
  }
  CHECK(runs >= 3);
}

TEST_CASE("a stopped pause ends at once, however long it was to be") {
  StoppablePause pause;
  {
    Background background(absl::Hours(1), pause, [&] { pause.Stop(); });
  }
  CHECK_FALSE(pause.For(absl::Hours(1)));
}

}  // namespace
}  // namespace cairn::ra
