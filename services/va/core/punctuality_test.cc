#include "services/va/core/punctuality.h"

#include <catch2/catch.hpp>
#include <string>

#include "libs/log/line_sink.h"
#include "libs/testing/fake_clock.h"

namespace cairn::va {
namespace {

TEST_CASE("a perspective lags after so many late answers in a row, and recovers with one",
          "[MPIC-18]") {
  const testing::FakeClock clock{absl::FromUnixSeconds(1'795'000'000)};
  log::LineSink sink{-1};
  log::Logger log{"va", log::Level::kError, clock, sink};
  metrics::Registry metrics;
  Punctuality punctuality({"primary", "remote-1"}, 3, log, metrics);
  const auto gauge = [&] {
    const std::string text = metrics.Text();
    const std::string name = "cairn_va_perspective_lags{perspective=\"remote-1\"} ";
    return text.at(text.find(name) + name.size());
  };
  punctuality.Note(1, false);
  punctuality.Note(1, false);
  punctuality.Note(1, true);
  punctuality.Note(1, false);
  punctuality.Note(1, false);
  CHECK_FALSE(punctuality.Lags(1));
  CHECK(gauge() == '0');
  punctuality.Note(1, false);
  CHECK(punctuality.Lags(1));
  CHECK_FALSE(punctuality.Lags(0));
  CHECK(gauge() == '1');
  for (int i = 0; i < 100; ++i) punctuality.Note(1, false);
  CHECK(punctuality.Lags(1));
  punctuality.Note(1, true);
  CHECK_FALSE(punctuality.Lags(1));
  CHECK(gauge() == '0');
}

}  // namespace
}  // namespace cairn::va
