#include "libs/evidence/quorum.h"

#include <absl/time/civil_time.h>

#include <catch2/catch.hpp>

namespace cairn::evidence {
namespace {

using v1::Receipt;

const Receipt::Rir kRegions[] = {Receipt::RIR_ARIN, Receipt::RIR_RIPE_NCC, Receipt::RIR_APNIC};

// A primary and `remotes` others, in turn of three regions; bit i of `yes` is
// the answer of remote i.
std::vector<Vote> Votes(int remotes, unsigned yes, bool primary = true) {
  using Answer = Vote::Answer;
  std::vector<Vote> votes = {{.primary = true,
                              .rir = Receipt::RIR_RIPE_NCC,
                              .answer = primary ? Answer::kYes : Answer::kNo}};
  for (int i = 0; i < remotes; ++i) {
    votes.push_back(
        {.rir = kRegions[i % 3], .answer = (yes >> i & 1) != 0 ? Answer::kYes : Answer::kNo});
  }
  return votes;
}

policy::Limits On(int year, int month, int day) {
  return policy::LimitsAt(policy::Pack::kWebPki,
                          absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone()));
}

TEST_CASE("all subsets of up to seven remotes against the quorum rule",
          "[MPIC-02][MPIC-03][MPIC-04][MPIC-10]") {
  for (const auto& [limits, least] :
       {std::pair(On(2026, 12, 14), 4), std::pair(On(2026, 12, 15), 5)}) {
    for (int remotes = 0; remotes <= 7; ++remotes) {
      for (unsigned yes = 0; yes < 1u << remotes; ++yes) {
        INFO("remotes " << remotes << ", yes " << yes);
        // Written again, from the text of BR 3.2.2.9.
        const int corroborating = __builtin_popcount(yes);
        const int missing = remotes - corroborating;
        const int allowed = remotes >= 6 ? 2 : 1;
        int regions = 0;
        for (int region = 0; region < 3; ++region) {
          bool seen = false;
          for (int i = region; i < remotes; i += 3) seen = seen || (yes >> i & 1) != 0;
          regions += seen ? 1 : 0;
        }
        const bool expected = remotes >= least && missing <= allowed && regions >= 2;
        CHECK(Decide(limits, Votes(remotes, yes)) ==
              (expected ? Verdict::kReached : Verdict::kMissed));
        CHECK(Decide(limits, Votes(remotes, yes, /*primary=*/false)) == Verdict::kMissed);
      }
    }
  }
}

TEST_CASE("remotes of one region don't corroborate, however many they are", "[MPIC-04]") {
  std::vector<Vote> votes = Votes(5, 0b11111);
  for (Vote& vote : votes) vote.rir = Receipt::RIR_ARIN;
  CHECK(Decide(On(2026, 11, 23), votes) == Verdict::kMissed);
  votes.back().rir = Receipt::RIR_APNIC;
  CHECK(Decide(On(2026, 11, 23), votes) == Verdict::kReached);
}

TEST_CASE("pending votes leave the verdict open only while they matter", "[MPIC-18]") {
  const policy::Limits limits = On(2026, 11, 23);
  std::vector<Vote> votes = Votes(5, 0b01111);
  votes[5].answer = Vote::Answer::kPending;
  CHECK(Decide(limits, votes) == Verdict::kReached);
  votes[4].answer = Vote::Answer::kPending;
  CHECK(Decide(limits, votes) == Verdict::kUndecided);
  votes[3].answer = Vote::Answer::kNo;
  CHECK(Decide(limits, votes) == Verdict::kUndecided);
  votes[2].answer = Vote::Answer::kNo;
  CHECK(Decide(limits, votes) == Verdict::kMissed);
}

TEST_CASE("a pending primary keeps the verdict open") {
  std::vector<Vote> votes = Votes(5, 0b11111);
  votes[0].answer = Vote::Answer::kPending;
  CHECK(Decide(On(2026, 11, 23), votes) == Verdict::kUndecided);
}

TEST_CASE("a private CA may do with the primary alone; remotes that it has count") {
  const policy::Limits limits =
      policy::LimitsAt(policy::Pack::kPrivate, absl::FromUnixSeconds(1'790'000'000));
  CHECK(Decide(limits, Votes(0, 0)) == Verdict::kReached);
  CHECK(Decide(limits, Votes(3, 0b011)) == Verdict::kReached);
  CHECK(Decide(limits, Votes(3, 0b001)) == Verdict::kMissed);
}

TEST_CASE("no primary, or two of them, is never a quorum") {
  std::vector<Vote> votes = Votes(5, 0b11111);
  votes.push_back(votes[0]);
  CHECK(Decide(On(2026, 11, 23), votes) == Verdict::kMissed);
  CHECK(Decide(On(2026, 11, 23), {}) == Verdict::kMissed);
}

TEST_CASE("the count for the record", "[MPIC-17][LOG-06]") {
  CHECK(ToText(Votes(5, 0b01111)) == "4/5");
  CHECK(ToText(Votes(0, 0)) == "0/0");
}

}  // namespace
}  // namespace cairn::evidence
