#include "services/va/core/rules_watch.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "libs/log/line_sink.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::va {
namespace {

using errors::Reason;
using evidence::v1::Receipt;
using policy::Pack;

// Five remotes are the least from here on (BR 3.2.2.9).
const absl::Time kSwitch = absl::FromUnixSeconds(1'797'292'800);

std::vector<evidence::Site> Sites(int remotes) {
  std::vector<evidence::Site> sites;
  for (int i = 0; i <= remotes; ++i) {
    sites.push_back({.id = i == 0 ? "home" : "remote-" + std::to_string(i),
                     .primary = i == 0,
                     .rir = i % 2 == 0 ? Receipt::RIR_ARIN : Receipt::RIR_APNIC,
                     .place = policy::Place{0, 20.0 * i}});
  }
  return sites;
}

class World {
 public:
  World(int remotes, absl::Time now, Pack pack = Pack::kWebPki)
      : clock(now), watch(pack, Sites(remotes), log, metrics, clock) {}
  ~World() { close(fd); }

  std::ptrdiff_t Warnings() const {
    std::ifstream file(folder.File("log"));
    std::ptrdiff_t count = 0;
    for (std::string line; std::getline(file, line);) {
      const bool warns = line.find("config_unlawful_soon") != line.npos &&
                         line.find("from 2026-12-15 on at least 5 remote") != line.npos;
      count += warns ? 1 : 0;
    }
    return count;
  }

  const testing::TempDir folder;
  const int fd = open(folder.File("log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  testing::FakeClock clock;
  log::LineSink sink{fd};
  log::Logger log{"va", log::Level::kInfo, clock, sink};
  metrics::Registry metrics;
  RulesWatch watch;
};

TEST_CASE("four remotes are lawful to the last second, and not for one more", "[MPIC-02]") {
  World world(4, kSwitch - absl::Seconds(1));
  CHECK_OK(world.watch.Check());
  world.clock.Set(kSwitch);
  const absl::Status status = world.watch.Check();
  CHECK_REASON(status, Reason::kUnavailable);
  CHECK(std::string(status.message().data(), status.message().size())
            .ends_with("at least 5 remote perspectives are needed, not 4 (BR 3.2.2.9)"));
}

TEST_CASE("five go on, and so does a private network", "[MPIC-02]") {
  World five(5, kSwitch - absl::Seconds(1));
  World alone(0, kSwitch - absl::Seconds(1), Pack::kPrivate);
  five.clock.Set(kSwitch);
  alone.clock.Set(kSwitch);
  CHECK_OK(five.watch.Check());
  CHECK_OK(alone.watch.Check());
}

TEST_CASE("a process that runs on is warned from 60 days ahead, once a day", "[MPIC-02]") {
  const absl::Duration day = absl::Hours(24);
  World world(4, kSwitch - 62 * day);
  world.clock.Advance(day);
  CHECK_OK(world.watch.Check());
  CHECK(world.Warnings() == 0);
  for (int asked = 0; asked < 100; ++asked) {
    world.clock.Set(kSwitch - 60 * day);
    CHECK_OK(world.watch.Check());
  }
  CHECK(world.Warnings() == 1);
  world.clock.Advance(day - absl::Seconds(1));
  CHECK_OK(world.watch.Check());
  CHECK(world.Warnings() == 1);
  world.clock.Advance(absl::Seconds(1));
  CHECK_OK(world.watch.Check());
  CHECK(world.Warnings() == 2);
}

TEST_CASE("the metric says until when, as far as is known", "[MPIC-02]") {
  const auto has = [](World& world, const std::string& value) {
    const std::string text = world.metrics.Text();
    INFO(text);
    return text.find("cairn_va_lawful_until_timestamp_seconds " + value + "\n") != text.npos;
  };
  World four(4, kSwitch - absl::Hours(1));
  CHECK(has(four, "1797292800"));
  World five(5, kSwitch - absl::Hours(1));
  CHECK(has(five, "+Inf"));
}

TEST_CASE("whoever starts now is told what will be broken", "[MPIC-02]") {
  CHECK(WarningsOf(Pack::kWebPki, Sites(4), kSwitch - absl::Hours(24 * 60)).size() == 1);
  CHECK(WarningsOf(Pack::kWebPki, Sites(4), kSwitch - absl::Hours(24 * 60) - absl::Seconds(1))
            .empty());
  CHECK(WarningsOf(Pack::kWebPki, Sites(5), kSwitch - absl::Hours(1)).empty());
  CHECK(WarningsOf(Pack::kPrivate, Sites(0), kSwitch - absl::Hours(1)).empty());
}

}  // namespace
}  // namespace cairn::va
