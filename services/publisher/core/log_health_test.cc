#include "services/publisher/core/log_health.h"

#include <catch2/catch.hpp>

#include "libs/testing/fake_clock.h"

namespace cairn::publisher {
namespace {

using Standing = LogHealth::Standing;

class World {
 public:
  testing::FakeClock clock{absl::FromUnixSeconds(1795000000)};
  LogHealth health{{.first_back_off = absl::Seconds(1), .longest_back_off = absl::Seconds(5)},
                   clock};
};

TEST_CASE("a log is good until it fails, and again after a success", "[CT-19]") {
  World world;
  CHECK(world.health.StandingOf("a") == Standing::kGood);
  CHECK_FALSE(world.health.TakeProbe("a"));
  world.health.Failed("a", absl::ZeroDuration());
  CHECK(world.health.StandingOf("a") == Standing::kResting);
  CHECK(world.health.StandingOf("b") == Standing::kGood);
  world.health.Succeeded("a", absl::Milliseconds(5));
  CHECK(world.health.StandingOf("a") == Standing::kGood);
}

TEST_CASE("each further failure doubles the rest, up to the longest", "[CT-19]") {
  World world;
  world.health.Failed("a", absl::ZeroDuration());
  for (const int seconds : {1, 2, 4, 5, 5}) {
    INFO(seconds);
    world.clock.Advance(absl::Seconds(seconds) - absl::Milliseconds(1));
    CHECK_FALSE(world.health.TakeProbe("a"));
    world.clock.Advance(absl::Milliseconds(1));
    CHECK(world.health.TakeProbe("a"));
    // One at a time.
    CHECK_FALSE(world.health.TakeProbe("a"));
    world.health.Failed("a", absl::ZeroDuration());
  }
}

TEST_CASE("many failures at the same time are one", "[CT-19]") {
  World world;
  for (int i = 0; i < 100; ++i) world.health.Failed("a", absl::ZeroDuration());
  world.clock.Advance(absl::Seconds(1));
  CHECK(world.health.TakeProbe("a"));
}

TEST_CASE("a log that asked to wait is not even probed", "[CT-19]") {
  World world;
  world.health.Failed("a", absl::Seconds(60));
  CHECK(world.health.StandingOf("a") == Standing::kAskedToWait);
  world.clock.Advance(absl::Seconds(59));
  CHECK(world.health.StandingOf("a") == Standing::kAskedToWait);
  CHECK_FALSE(world.health.TakeProbe("a"));
  world.clock.Advance(absl::Seconds(1));
  CHECK(world.health.StandingOf("a") == Standing::kResting);
  CHECK(world.health.TakeProbe("a"));
}

TEST_CASE("a log is late while a submission of it is", "[CT-05]") {
  World world;
  world.health.Late("a");
  world.health.Late("a");
  CHECK(world.health.StandingOf("a") == Standing::kLate);
  CHECK_FALSE(world.health.TakeProbe("a"));
  world.health.LateEnded("a");
  world.health.Succeeded("a", absl::Milliseconds(5));
  CHECK(world.health.StandingOf("a") == Standing::kLate);
  SECTION("it fails") {
    world.health.Failed("a", absl::ZeroDuration());
    world.health.LateEnded("a");
    CHECK(world.health.StandingOf("a") == Standing::kResting);
  }
  SECTION("it ends well") {
    world.health.LateEnded("a");
    CHECK(world.health.StandingOf("a") == Standing::kGood);
  }
}

TEST_CASE("patience with a log comes from how long it took, and from how regularly", "[CT-05]") {
  World world;
  const auto patience = [&] { return absl::ToDoubleMilliseconds(world.health.PatienceWith("a")); };
  const auto see = [&](double ms) { world.health.Succeeded("a", absl::Milliseconds(ms)); };
  CHECK(world.health.PatienceWith("a") == absl::InfiniteDuration());
  // RFC 6298 (2.2): the mean is the first value, the deviation half of it.
  see(100);
  CHECK(patience() == Approx(300));
  // (2.3): 3/4 of 50 + 1/4 of 40, and 7/8 of 100 + 1/8 of 140.
  see(140);
  CHECK(patience() == Approx(105 + 4 * 47.5));
  // A failure is no measure of time.
  world.health.Failed("a", absl::ZeroDuration());
  CHECK(patience() == Approx(105 + 4 * 47.5));
  for (int i = 0; i < 100; ++i) see(100);
  CHECK(patience() == Approx(100).margin(1));
  // However fast it is, and even if the clock was set back.
  for (int i = 0; i < 100; ++i) see(-1000);
  CHECK(patience() == 50);
  CHECK(world.health.PatienceWith("b") == absl::InfiniteDuration());
}

}  // namespace
}  // namespace cairn::publisher
