#include "services/wfe/core/patience.h"

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "libs/testing/fake_clock.h"

namespace cairn::wfe {
namespace {

using cairn::testing::FakeClock;

constexpr uint64_t kOrder = 0x1000;

TEST_CASE("each of the places may be waited in for the whole time") {
  FakeClock clock(absl::FromUnixSeconds(1'800'000'000));
  Patience patience(absl::Milliseconds(800), 2, clock);
  std::vector<Patience::Turn> turns;
  turns.push_back(patience.ForIssuance());
  turns.push_back(patience.ForValidation(kOrder));
  CHECK(turns[0].milliseconds() == 800);
  CHECK(turns[1].milliseconds() == 800);
  CHECK(patience.ForIssuance().milliseconds() == 0);
  CHECK(patience.ForValidation(kOrder + 1).milliseconds() == 0);
  turns.pop_back();
  CHECK(patience.ForIssuance().milliseconds() == 800);
  // That one's place, too, was given back.
  CHECK(patience.ForIssuance().milliseconds() == 800);
}

TEST_CASE("the challenges of an order share one order's patience") {
  FakeClock clock(absl::FromUnixSeconds(1'800'000'000));
  Patience patience(absl::Seconds(1), 1, clock);
  const auto wait = [&](uint64_t order_id, absl::Duration taken) {
    const Patience::Turn turn = patience.ForValidation(order_id);
    clock.Advance(taken);
    return turn.milliseconds();
  };
  CHECK(wait(kOrder, absl::Milliseconds(300)) == 1000);
  CHECK(wait(kOrder, absl::Milliseconds(600)) == 700);
  CHECK(wait(kOrder, absl::Milliseconds(100)) == 100);
  CHECK(wait(kOrder, absl::Milliseconds(100)) == 0);
  // Nothing was waited, so nothing more is spent, and the place is free.
  CHECK(wait(kOrder + 1, absl::ZeroDuration()) == 1000);
  // Its finalize request comes once.
  CHECK(patience.ForIssuance().milliseconds() == 1000);
}

TEST_CASE("a turn that is handed on gives its place back once") {
  FakeClock clock(absl::FromUnixSeconds(1'800'000'000));
  Patience patience(absl::Seconds(1), 1, clock);
  {
    Patience::Turn turn = patience.ForIssuance();
    const Patience::Turn other = std::move(turn);
    CHECK(other.milliseconds() == 1000);
    CHECK(patience.ForIssuance().milliseconds() == 0);
  }
  const Patience::Turn turn = patience.ForIssuance();
  CHECK(turn.milliseconds() == 1000);
  CHECK(patience.ForIssuance().milliseconds() == 0);
}

TEST_CASE("orders are forgotten, the oldest first, and memory stays bounded") {
  FakeClock clock(absl::FromUnixSeconds(1'800'000'000));
  Patience patience(absl::Seconds(1), 1, clock);
  for (uint64_t order_id = kOrder; order_id < kOrder + 5000; ++order_id) {
    const Patience::Turn turn = patience.ForValidation(order_id);
    clock.Advance(absl::Seconds(2));
  }
  CHECK(patience.ForValidation(kOrder).milliseconds() == 1000);
  CHECK(patience.ForValidation(kOrder + 4999).milliseconds() == 0);
}

TEST_CASE("without patience, or without places, nothing is waited for") {
  FakeClock clock(absl::FromUnixSeconds(1'800'000'000));
  Patience none(absl::ZeroDuration(), 8, clock);
  CHECK(none.ForIssuance().milliseconds() == 0);
  CHECK(none.ForValidation(kOrder).milliseconds() == 0);
  Patience nowhere(absl::Seconds(1), 0, clock);
  CHECK(nowhere.ForIssuance().milliseconds() == 0);
  CHECK(nowhere.ForValidation(kOrder).milliseconds() == 0);
}

}  // namespace
}  // namespace cairn::wfe
