#pragma once

#include <absl/time/time.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/call.h"
#include "libs/evidence/quorum.h"
#include "libs/evidence/site.h"
#include "libs/policy/calendar.h"
#include "protos/core/v1/core.pb.h"
#include "protos/evidence/v1/evidence.pb.h"
#include "protos/va/v1/va.pb.h"

namespace cairn::va {

// A perspective that is asked.
struct AskedPerspective {
  evidence::Site site;
  // Asked and compared, never counted.
  bool shadow = false;
};

// What one perspective says of one subject.
struct View {
  enum class State { kPending, kUnreachable, kSeen };

  evidence::Vote::Answer Control() const { return AnswerOf(control_ok); }
  evidence::Vote::Answer Caa() const { return AnswerOf(caa_ok); }
  evidence::Vote::Answer Both() const { return AnswerOf(control_ok && caa_ok); }
  // Whether there are records that forbid; a lookup that failed says nothing.
  evidence::Vote::Answer Forbids() const;

  State state = State::kPending;
  bool control_ok = false;
  bool caa_ok = false;
  core::v1::Problem control_problem, caa_problem;  // where not
  evidence::v1::Caa caa;                           // likewise
  int64_t observed_at = 0;
  std::string unreachable;  // why; for the record
  bool other_software = false;

 private:
  evidence::Vote::Answer AnswerOf(bool yes) const;
};

// One try of Corroborate. Lives until the last perspective has answered. What is
// below `mutex` needs it.
struct Attempt {
  using Question = evidence::Vote::Answer (View::*)() const;

  // `asked` is the primary, then the remotes by number; it outlives this.
  Attempt(const std::vector<AskedPerspective>& asked,
          std::shared_ptr<const v1::ObserveRequest> request, const policy::Limits& limits,
          base::Call call);

  // One vote for each perspective that counts. With `unreachable_is_yes`, those
  // that did not answer are taken to have said yes.
  std::vector<evidence::Vote> Votes(int subject, Question question,
                                    bool unreachable_is_yes = false) const;
  evidence::Verdict Decide(int subject, Question question, bool unreachable_is_yes = false) const;
  // Whether nobody's answer can change the outcome of any subject any more.
  bool Decided() const;
  // Whether some subject has missed its quorum for good.
  bool Missed() const;
  // Whether a perspective has not answered.
  bool Pending(size_t perspective) const;

  const std::vector<AskedPerspective>& asked;
  const std::shared_ptr<const v1::ObserveRequest> request;
  const policy::Limits limits;
  const base::Call call;

  std::mutex mutex;
  std::condition_variable arrived;
  size_t missing = 0;      // of those that count
  bool concluded = false;  // the requester has its answer
  // Until when an answer was not late; set when the outcome became clear.
  std::optional<absl::Time> late_after;
  // By perspective: waited for in vain.
  std::vector<bool> noted_late;
  // By perspective; [perspective][subject].
  std::vector<std::vector<View>> views;
  std::vector<v1::ObserveResponse> responses;
  // By subject, once concluded: whether it was valid, if that came out at all.
  std::vector<std::optional<bool>> outcomes;
};

}  // namespace cairn::va
