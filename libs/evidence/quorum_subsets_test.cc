// Every way in which a primary and up to seven remotes can have answered, or not
// yet, against the rule as the Baseline Requirements word it.

#include <absl/time/time.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "libs/evidence/quorum.h"

namespace cairn::evidence {
namespace {

using policy::Pack;
using Answer = Vote::Answer;

constexpr int kMostRemotes = 7;

// BR 3.2.2.9, "Phased Implementation Timeline": "at least three (3)" from 15 March
// 2026, "at least four (4)" from 15 June, "at least five (5)" from 15 December.
struct Moment {
  const char* what;
  int64_t unix_seconds;
  int least_remotes;
};
constexpr Moment kMoments[] = {
    {"2026-06-14T23:59:59Z", 1'781'481'599, 3},
    {"2026-06-15T00:00:01Z", 1'781'481'601, 4},
    {"2026-12-14T23:59:59Z", 1'797'292'799, 4},
    {"2026-12-15T00:00:01Z", 1'797'292'801, 5},
};

// Whether issuance may proceed when everybody has answered. `yes` has a bit for
// each remote, region[i] is that of remote i. Shares no code with quorum.cc.
bool MayProceed(Pack pack, const Moment& moment, bool primary, const std::vector<int>& region,
                unsigned yes) {
  // "... the determinations made by the Primary Network Perspective": without a
  // positive one there is nothing to corroborate.
  if (!primary) return false;
  const int used = static_cast<int>(region.size());
  int corroborations = 0;
  std::set<int> regions;
  for (int i = 0; i < used; ++i) {
    if ((yes >> i & 1) == 0) continue;
    ++corroborations;
    regions.insert(region[i]);
  }
  // "Quorum Requirements": 2-5 remotes, 1 allowed non-corroboration; 6+, 2.
  int allowed = 0;
  if (used >= 2 && used <= 5) allowed = 1;
  if (used >= 6) allowed = 2;
  if (used - corroborations > allowed) return false;
  // The private pack keeps the table and leaves out the rest.
  if (pack == Pack::kPrivate) return used == 0 || corroborations > 0;
  // "... and the remote Network Perspectives that corroborate the Primary Network
  // Perspective fall within the service regions of at least two (2) distinct
  // Regional Internet Registries".
  return used >= moment.least_remotes && regions.size() >= 2;
}

// Every way to put `remotes` remotes into at most `most` regions, up to the names
// of the regions (restricted growth strings).
void Assign(int remotes, int most, std::vector<int>& region,
            std::vector<std::vector<int>>& assignments) {
  if (static_cast<int>(region.size()) == remotes) {
    assignments.push_back(region);
    return;
  }
  int used = 0;
  for (const int one : region) used = std::max(used, one + 1);
  for (int next = 0; next < std::min(used + 1, most); ++next) {
    region.push_back(next);
    Assign(remotes, most, region, assignments);
    region.pop_back();
  }
}

// What the answers can still lead to, over all completions of what is pending.
struct Ends {
  bool some_reach = false;
  bool some_miss = false;
};

// By answers: digit 0 is the primary's, digit i + 1 that of remote i; 0 is no, 1
// yes, 2 pending. A pending one leads where no and yes lead.
std::vector<Ends> AllEnds(Pack pack, const Moment& moment, const std::vector<int>& region) {
  size_t count = 3;
  for (size_t i = 0; i < region.size(); ++i) count *= 3;
  std::vector<Ends> ends(count);
  for (size_t code = 0; code < count; ++code) {
    unsigned yes = 0;
    bool open = false;
    size_t weight = 1;
    for (size_t digit = 0; digit <= region.size() && !open; ++digit, weight *= 3) {
      const size_t answer = code / weight % 3;
      if (answer == 1) yes |= 1u << digit;
      if (answer != 2) continue;
      open = true;
      for (const size_t closed : {code - 2 * weight, code - weight}) {
        ends[code].some_reach |= ends[closed].some_reach;
        ends[code].some_miss |= ends[closed].some_miss;
      }
    }
    if (open) continue;
    const bool may = MayProceed(pack, moment, (yes & 1) != 0, region, yes >> 1);
    ends[code] = {.some_reach = may, .some_miss = !may};
  }
  return ends;
}

// Compares all answers of one set of perspectives; false, with notes, if one is
// judged wrongly.
bool Agrees(Pack pack, const Moment& moment, const std::vector<int>& region) {
  const policy::Limits limits = policy::LimitsAt(pack, absl::FromUnixSeconds(moment.unix_seconds));
  std::vector<Vote> votes = {{.primary = true, .rir = v1::Receipt::RIR_RIPE_NCC}};
  for (const int one : region) votes.push_back({.rir = static_cast<v1::Receipt::Rir>(one + 1)});
  const std::vector<Ends> ends = AllEnds(pack, moment, region);
  constexpr Answer kAnswers[] = {Answer::kNo, Answer::kYes, Answer::kPending};
  for (size_t code = 0; code < ends.size(); ++code) {
    size_t rest = code;
    for (Vote& vote : votes) {
      vote.answer = kAnswers[rest % 3];
      rest /= 3;
    }
    // Closed exactly when every completion leads to the same end: never too early,
    // and never later than it could be.
    const Verdict expected = !ends[code].some_miss    ? Verdict::kReached
                             : !ends[code].some_reach ? Verdict::kMissed
                                                      : Verdict::kUndecided;
    if (Decide(limits, votes) == expected) continue;
    UNSCOPED_INFO(moment.what << " " << policy::NameOf(pack) << ", remotes " << region.size()
                              << ", answers " << code << " in base 3");
    return false;
  }
  return true;
}

TEST_CASE("all answers of up to seven remotes, in all regions, at all dates, by both packs",
          "[MPIC-02][MPIC-03][MPIC-04][MPIC-10][MPIC-18]") {
  const Pack pack = GENERATE(Pack::kWebPki, Pack::kPrivate);
  for (const Moment& moment : kMoments) {
    for (int remotes = 0; remotes <= kMostRemotes; ++remotes) {
      // The rule asks for two regions: a third must make no difference.
      std::vector<std::vector<int>> assignments;
      std::vector<int> region;
      Assign(remotes, remotes <= 5 ? 3 : 2, region, assignments);
      bool agrees = true;
      for (const std::vector<int>& assignment : assignments) {
        agrees = agrees && Agrees(pack, moment, assignment);
      }
      CHECK(agrees);
    }
  }
}

TEST_CASE("the oracle knows the examples of the requirements", "[MPIC-03][MPIC-04]") {
  const Moment& four = kMoments[2];
  const Moment& five = kMoments[3];
  CHECK(MayProceed(Pack::kWebPki, four, true, {0, 1, 0, 1}, 0b0111));
  CHECK_FALSE(MayProceed(Pack::kWebPki, four, true, {0, 1, 0, 1}, 0b0011));
  CHECK_FALSE(MayProceed(Pack::kWebPki, five, true, {0, 1, 0, 1}, 0b1111));
  CHECK(MayProceed(Pack::kWebPki, five, true, {0, 1, 0, 1, 0, 1}, 0b001111));
  CHECK_FALSE(MayProceed(Pack::kWebPki, five, true, {0, 1, 0, 1, 0, 1}, 0b000111));
  CHECK_FALSE(MayProceed(Pack::kWebPki, five, true, {0, 0, 0, 0, 1}, 0b01111));
  CHECK_FALSE(MayProceed(Pack::kWebPki, five, false, {0, 1, 0, 1, 0}, 0b11111));
}

}  // namespace
}  // namespace cairn::evidence
