#include "libs/evidence/quorum.h"

#include <bit>

#include "libs/base/strings.h"

namespace cairn::evidence {
namespace {

bool Reached(const policy::Limits& limits, const std::vector<Vote>& votes, bool pending_is_yes) {
  int primaries = 0, remotes = 0, corroborating = 0;
  unsigned regions = 0;  // a bit for each
  for (const Vote& vote : votes) {
    const bool yes = vote.answer == Vote::Answer::kYes ||
                     (pending_is_yes && vote.answer == Vote::Answer::kPending);
    if (vote.primary) {
      if (!yes) return false;
      ++primaries;
      continue;
    }
    ++remotes;
    if (!yes) continue;
    ++corroborating;
    regions |= 1u << vote.rir;
  }
  if (primaries != 1 || remotes < limits.min_remotes) return false;
  if (remotes == 0) return true;
  return corroborating >= remotes - policy::AllowedNonCorroborations(remotes) &&
         std::popcount(regions) >= limits.min_rirs;
}

}  // namespace

Verdict Decide(const policy::Limits& limits, const std::vector<Vote>& votes) {
  // One more yes never turns a yes into a no, so the two extremes decide.
  if (Reached(limits, votes, /*pending_is_yes=*/false)) return Verdict::kReached;
  if (!Reached(limits, votes, /*pending_is_yes=*/true)) return Verdict::kMissed;
  return Verdict::kUndecided;
}

std::string ToText(const std::vector<Vote>& votes) {
  int remotes = 0, corroborating = 0;
  for (const Vote& vote : votes) {
    if (vote.primary) continue;
    ++remotes;
    if (vote.answer == Vote::Answer::kYes) ++corroborating;
  }
  return base::Cat(corroborating, "/", remotes);
}

}  // namespace cairn::evidence
