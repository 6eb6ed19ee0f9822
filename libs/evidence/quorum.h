#pragma once

#include <string>
#include <vector>

#include "libs/policy/calendar.h"
#include "protos/evidence/v1/evidence.pb.h"

namespace cairn::evidence {

// What one perspective says of one question (control, or CAA).
struct Vote {
  enum class Answer { kPending, kYes, kNo };

  bool primary = false;
  v1::Receipt::Rir rir = v1::Receipt::RIR_UNSPECIFIED;
  Answer answer = Answer::kPending;
};

enum class Verdict { kUndecided, kReached, kMissed };

// BR 3.2.2.9 over one vote for every perspective that is configured, present or
// not: the primary itself says yes; no more remotes fail to corroborate than the
// quorum table allows; those that corroborate span enough regions; and enough
// remotes take part at all. A pending vote leaves the verdict open only if it
// can still change it, so the primary may stop waiting as soon as it is closed.
Verdict Decide(const policy::Limits& limits, const std::vector<Vote>& votes);

// "4/5": the remotes that corroborate, of all remotes.
std::string ToText(const std::vector<Vote>& votes);

}  // namespace cairn::evidence
