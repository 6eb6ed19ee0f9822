#include "services/va/core/conclude.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/evidence/quorum.h"

namespace cairn::va {
namespace {

using core::v1::Problem;
using errors::Reason;
using evidence::Verdict;
using evidence::Vote;

constexpr size_t kMaxOtherProblem = 200;

struct Question {
  Attempt::Question answer;
  Problem View::*problem;
};
constexpr Question kQuestions[] = {{&View::Control, &View::control_problem},
                                   {&View::Caa, &View::caa_problem}};

// What some of the perspectives say of one question.
struct Findings {
  size_t asked = 0;
  size_t silent = 0;
  std::vector<const Problem*> problems;

  size_t CountOf(int reason) const {
    return static_cast<size_t>(
        std::count_if(problems.begin(), problems.end(),
                      [&](const Problem* problem) { return problem->reason() == reason; }));
  }
};

// Of the perspectives from `first` on.
Findings Gather(const Attempt& attempt, int subject, const Question& question, size_t first) {
  Findings findings;
  for (size_t i = first; i < attempt.views.size(); ++i) {
    if (attempt.asked[i].shadow) continue;
    const View& view = attempt.views[i][subject];
    ++findings.asked;
    if (view.state != View::State::kSeen) {
      ++findings.silent;
    } else if ((view.*question.answer)() == Vote::Answer::kNo) {
      findings.problems.push_back(&(view.*question.problem));
    }
  }
  return findings;
}

// `told` is one of the findings' problems. Problems of one kind count as the same:
// their details differ by the address that was dialled, and the like.
std::string SeenBy(const Findings& findings, const Problem& told, std::string_view whom) {
  const size_t same = findings.CountOf(told.reason());
  std::string text = base::Cat(" (seen by ", same, " of ", findings.asked, " ", whom);
  if (const size_t others = findings.problems.size() - same; others > 0) {
    const auto other =
        std::find_if(findings.problems.begin(), findings.problems.end(),
                     [&](const Problem* problem) { return problem->reason() != told.reason(); });
    text += base::Cat("; ", others, others == 1 ? " saw another" : " saw others, such as", ": ",
                      base::Escaped((*other)->detail(), kMaxOtherProblem));
  }
  const size_t fine = findings.asked - findings.problems.size() - findings.silent;
  if (fine > 0) text += base::Cat("; ", fine, " saw no problem");
  if (findings.silent > 0) text += base::Cat("; ", findings.silent, " gave no answer in time");
  return text + ")";
}

// Where not all see the same. Propagation, split horizons and blocked countries
// look alike from here.
constexpr std::string_view kSeeTheSame =
    ". It must look the same from everywhere: is there a firewall, a name server that answers "
    "differently, or a change that has not spread yet?";

// The primary's problem.
Problem Tell(const Attempt& attempt, int subject, const Question& question) {
  Problem told = attempt.views.front()[subject].*question.problem;
  const Findings all = Gather(attempt, subject, question, 0);
  if (all.asked == 1) return told;  // there are no remotes
  std::string detail = base::Cat(told.detail(), SeenBy(all, told, "network perspectives"));
  if (all.problems.size() + all.silent < all.asked) detail += kSeeTheSame;
  told.set_detail(detail);
  return told;
}

// The one that most remotes see.
Problem TellOfRemotes(const Findings& remotes) {
  Problem told = **std::max_element(
      remotes.problems.begin(), remotes.problems.end(), [&](const Problem* a, const Problem* b) {
        return remotes.CountOf(a->reason()) < remotes.CountOf(b->reason());
      });
  told.set_detail(base::Cat("During secondary validation: ", told.detail(),
                            SeenBy(remotes, told, "remote network perspectives"), kSeeTheSame));
  return told;
}

}  // namespace

absl::StatusOr<v1::ValidateResponse> Conclude(const Attempt& attempt, int subject) {
  v1::ValidateResponse response;
  response.set_corroboration(evidence::ToText(attempt.Votes(subject, &View::Both)));
  // What is not about this subject would only make the signer refuse the rest.
  for (size_t i = 0; i < attempt.views.size(); ++i) {
    if (attempt.asked[i].shadow) continue;
    if (attempt.views[i][subject].state != View::State::kSeen) continue;
    *response.mutable_attempt()->add_receipts() = attempt.responses[i].receipts(subject);
  }
  // Without the primary there is no quorum, whatever the others have yet to say of
  // either question.
  const View& primary = attempt.views.front()[subject];
  for (const Question& question : kQuestions) {
    if (primary.state != View::State::kSeen || (primary.*question.answer)() != Vote::Answer::kNo) {
      continue;
    }
    *response.mutable_problem() = Tell(attempt, subject, question);
    return response;
  }
  for (const Question& question : kQuestions) {
    if (attempt.Decide(subject, question.answer) == Verdict::kReached) continue;
    // Had those answered that did not, it might have been enough: then nothing is
    // known against the subscriber, and the attempt is worth another try.
    if (attempt.Decide(subject, question.answer, /*unreachable_is_yes=*/true) ==
        Verdict::kReached) {
      return errors::Make(Reason::kUnavailable,
                          base::Cat("too few perspectives answered: ", response.corroboration()));
    }
    const Findings remotes = Gather(attempt, subject, question, 1);
    // Nobody said no, so the configuration itself can't reach a quorum.
    if (remotes.problems.empty()) {
      return errors::Make(Reason::kUnavailable, "the perspectives can't make a quorum");
    }
    *response.mutable_problem() = TellOfRemotes(remotes);
    return response;
  }
  response.set_valid(true);
  return response;
}

}  // namespace cairn::va
