#include "tools/ceremony/random_test.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::ceremony {
namespace {

struct Range {
  int low;
  int high;
  bool Has(int value) const { return value >= low && value <= high; }
};
// FIPS 140-2 section 4.9.1: both ends are excluded there, included here.
constexpr Range kOnes = {9726, 10274};
// Of 16/5000 * sum f(i)^2 - 5000, times 5000 to stay in whole numbers.
constexpr int64_t kPokerLow = 10800;    // 2.16
constexpr int64_t kPokerHigh = 230850;  // 46.17
// Runs of 1, 2, 3, 4, 5, and of 6 and more bits, for zeros and for ones.
constexpr std::array<Range, 6> kRuns = {
    {{2315, 2685}, {1114, 1386}, {527, 723}, {240, 384}, {103, 209}, {103, 209}}};
constexpr int kLongRun = 26;

absl::Status Failed(std::string_view test, int64_t value) {
  return errors::Make(errors::Reason::kInternal,
                      base::Cat("the token's random source fails the ", test, " test: ", value));
}

}  // namespace

absl::Status CheckRandom(std::string_view sample) {
  INVARIANT(sample.size() == kRandomSample, "callers ask for that many");
  int ones = 0;
  std::array<int64_t, 16> nibbles{};
  std::array<std::array<int, 6>, 2> runs{};
  int longest = 0;
  int length = 0;
  int last = -1;
  const auto end_of_run = [&] {
    if (last >= 0) ++runs[static_cast<size_t>(last)][static_cast<size_t>(std::min(length, 6) - 1)];
    longest = std::max(longest, length);
  };
  for (const char c : sample) {
    const auto octet = static_cast<uint8_t>(c);
    ++nibbles[octet >> 4];
    ++nibbles[octet & 0x0f];
    for (int bit = 7; bit >= 0; --bit) {
      const int value = (octet >> bit) & 1;
      ones += value;
      if (value == last) {
        ++length;
        continue;
      }
      end_of_run();
      last = value;
      length = 1;
    }
  }
  end_of_run();

  if (!kOnes.Has(ones)) return Failed("monobit", ones);
  int64_t squares = 0;
  for (const int64_t count : nibbles) squares += count * count;
  const int64_t poker = 16 * squares - int64_t{5000} * 5000;
  if (poker < kPokerLow || poker > kPokerHigh) return Failed("poker", poker);
  for (const auto& of_value : runs) {
    for (size_t i = 0; i < of_value.size(); ++i) {
      if (!kRuns[i].Has(of_value[i])) return Failed("runs", of_value[i]);
    }
  }
  if (longest >= kLongRun) return Failed("long run", longest);
  return absl::OkStatus();
}

}  // namespace cairn::ceremony
