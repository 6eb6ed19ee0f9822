#include "services/va/core/attempt.h"

#include <algorithm>
#include <utility>

#include "libs/errors/errors.h"

namespace cairn::va {

using evidence::Verdict;
using evidence::Vote;

Vote::Answer View::AnswerOf(bool yes) const {
  if (state == State::kPending) return Vote::Answer::kPending;
  return state == State::kSeen && yes ? Vote::Answer::kYes : Vote::Answer::kNo;
}

Vote::Answer View::Forbids() const {
  return AnswerOf(caa_problem.reason() == static_cast<int>(errors::Reason::kCaa));
}

Attempt::Attempt(const std::vector<AskedPerspective>& asked_perspectives,
                 std::shared_ptr<const v1::ObserveRequest> observe_request,
                 const policy::Limits& limits_of_the_day, base::Call bounded)
    : asked(asked_perspectives),
      request(std::move(observe_request)),
      limits(limits_of_the_day),
      call(std::move(bounded)),
      missing(static_cast<size_t>(
          std::count_if(asked.begin(), asked.end(), [](const auto& one) { return !one.shadow; }))),
      noted_late(asked.size()),
      views(asked.size(), std::vector<View>(request->subjects_size())),
      responses(asked.size()),
      outcomes(request->subjects_size()) {}

std::vector<Vote> Attempt::Votes(int subject, Question question, bool unreachable_is_yes) const {
  std::vector<Vote> votes;
  for (size_t i = 0; i < views.size(); ++i) {
    if (asked[i].shadow) continue;
    const View& view = views[i][subject];
    Vote vote{.primary = i == 0, .rir = asked[i].site.rir, .answer = (view.*question)()};
    if (unreachable_is_yes && view.state != View::State::kSeen) vote.answer = Vote::Answer::kYes;
    votes.push_back(vote);
  }
  return votes;
}

Verdict Attempt::Decide(int subject, Question question, bool unreachable_is_yes) const {
  return evidence::Decide(limits, Votes(subject, question, unreachable_is_yes));
}

bool Attempt::Decided() const {
  for (int i = 0; i < request->subjects_size(); ++i) {
    const Verdict control = Decide(i, &View::Control);
    const Verdict caa = Decide(i, &View::Caa);
    if (control == Verdict::kMissed || caa == Verdict::kMissed) continue;
    if (control == Verdict::kUndecided || caa == Verdict::kUndecided) return false;
  }
  return true;
}

bool Attempt::Missed() const {
  for (int i = 0; i < request->subjects_size(); ++i) {
    if (Decide(i, &View::Control) == Verdict::kMissed) return true;
    if (Decide(i, &View::Caa) == Verdict::kMissed) return true;
  }
  return false;
}

bool Attempt::Pending(size_t perspective) const {
  return views[perspective].front().state == View::State::kPending;
}

}  // namespace cairn::va
