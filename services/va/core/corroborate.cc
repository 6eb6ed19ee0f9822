#include "services/va/core/corroborate.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "libs/audit/event.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/evidence/quorum.h"
#include "libs/evidence/receipt.h"
#include "services/va/core/problem.h"

namespace cairn::va {

using errors::Reason;
using evidence::Verdict;
using evidence::Vote;

// What one perspective says of one subject.
struct Corroborate::View {
  enum class State { kPending, kUnreachable, kSeen };

  Vote::Answer Control() const { return AnswerOf(control_ok); }
  Vote::Answer Caa() const { return AnswerOf(caa_ok); }
  Vote::Answer Both() const { return AnswerOf(control_ok && caa_ok); }
  // Whether there are records that forbid; a lookup that failed says nothing.
  Vote::Answer Forbids() const {
    return AnswerOf(caa_problem.reason() == static_cast<int>(Reason::kCaa));
  }

  State state = State::kPending;
  bool control_ok = false;
  bool caa_ok = false;
  core::v1::Problem control_problem, caa_problem;  // where not
  evidence::v1::Caa caa;                           // likewise
  int64_t observed_at = 0;
  std::string unreachable;  // why; for the record
  bool other_software = false;

 private:
  Vote::Answer AnswerOf(bool yes) const {
    if (state == State::kPending) return Vote::Answer::kPending;
    return state == State::kSeen && yes ? Vote::Answer::kYes : Vote::Answer::kNo;
  }
};

// One try. Lives until the last perspective has answered.
struct Corroborate::Attempt {
  std::shared_ptr<const v1::ObserveRequest> request;
  policy::Limits limits;
  base::Call call;

  std::mutex mutex;
  std::condition_variable arrived;
  size_t missing = 0;
  bool concluded = false;  // the requester has its answer
  // By perspective; [perspective][subject].
  std::vector<std::vector<View>> views;
  std::vector<v1::ObserveResponse> responses;

  std::vector<Vote> Votes(const Options& options, int subject, Vote::Answer (View::*answer)() const,
                          bool unreachable_is_yes) const {
    std::vector<Vote> votes;
    for (size_t i = 0; i < views.size(); ++i) {
      const View& view = views[i][subject];
      Vote vote{.primary = i == 0, .rir = options.perspectives[i].rir, .answer = (view.*answer)()};
      if (unreachable_is_yes && view.state != View::State::kSeen) vote.answer = Vote::Answer::kYes;
      votes.push_back(vote);
    }
    return votes;
  }
  Verdict Decide(const Options& options, int subject, Vote::Answer (View::*answer)() const,
                 bool unreachable_is_yes = false) const {
    return evidence::Decide(limits, Votes(options, subject, answer, unreachable_is_yes));
  }
};

struct Corroborate::Metrics {
  enum Outcome { kValid, kInvalid, kUnavailable, kOutcomes };
  enum Method { kHttp01, kCaa, kMethods };

  struct OfPerspective {
    metrics::Counter yes, no, unreachable;
  };

  explicit Metrics(metrics::Registry& registry, const Options& options) {
    const char* const methods[] = {"http-01", "caa"};
    const char* const names[] = {"valid", "invalid", "unavailable"};
    for (const char* method : methods) {
      for (const char* outcome : names) {
        outcomes.push_back(registry.Counter("cairn_va_validations_total",
                                            "Attempts of all perspectives together.",
                                            {{"method", method}, {"outcome", outcome}}));
      }
      seconds.push_back(registry.Histogram("cairn_va_validation_seconds",
                                           "Time of an attempt, all perspectives.",
                                           {{"method", method}}));
    }
    for (const Perspective& perspective : options.perspectives) {
      const auto counter = [&](const char* outcome) {
        return registry.Counter("cairn_va_perspective_results_total",
                                "What each perspective said of each subject.",
                                {{"perspective", perspective.id}, {"outcome", outcome}});
      };
      perspectives.push_back({counter("yes"), counter("no"), counter("unreachable")});
    }
  }

  std::vector<metrics::Counter> outcomes;   // [method * kOutcomes + outcome]
  std::vector<metrics::Histogram> seconds;  // [method]
  std::vector<OfPerspective> perspectives;
};

Corroborate::Corroborate(Options options, const Environment& environment)
    : options_(std::move(options)),
      environment_(environment),
      metrics_(std::make_unique<Metrics>(environment.metrics, options_)) {}

Corroborate::~Corroborate() = default;

absl::StatusOr<v1::ValidateResponse> Corroborate::Validate(const base::Call& call,
                                                           const v1::ValidateRequest& request) {
  if (request.subject().token().empty()) return errors::Make(Reason::kMalformed, "no token");
  auto observe = std::make_shared<v1::ObserveRequest>();
  *observe->add_subjects() = request.subject();
  ASSIGN_OR_RETURN(std::vector<v1::ValidateResponse> results, Run(call, std::move(observe)));
  return std::move(results.front());
}

absl::StatusOr<v1::CheckCaaResponse> Corroborate::CheckCaa(const base::Call& call,
                                                           const v1::CheckCaaRequest& request) {
  auto observe = std::make_shared<v1::ObserveRequest>();
  for (const v1::Subject& subject : request.subjects()) {
    if (!subject.token().empty()) return errors::Make(Reason::kMalformed, "CAA takes no token");
    if (subject.identifier().type() != core::v1::Identifier::TYPE_DNS) {
      return errors::Make(Reason::kMalformed, "only DNS names have CAA");
    }
    *observe->add_subjects() = subject;
  }
  ASSIGN_OR_RETURN(std::vector<v1::ValidateResponse> results, Run(call, std::move(observe)));
  v1::CheckCaaResponse response;
  for (v1::ValidateResponse& result : results) *response.add_results() = std::move(result);
  return response;
}

absl::StatusOr<std::vector<v1::ValidateResponse>> Corroborate::Run(
    const base::Call& call, std::shared_ptr<v1::ObserveRequest> request) {
  if (request->subjects_size() == 0) return errors::Make(Reason::kMalformed, "no subjects");
  for (const v1::Subject& subject : request->subjects()) RETURN_IF_ERROR(CheckSubject(subject));
  // Fresh for each try, so that no receipt of another counts (BR 3.2.2.9).
  request->set_attempt_id(environment_.random.Bytes(16));

  const absl::Time began = environment_.clock.Now();
  const size_t perspectives = options_.perspectives.size();
  const auto attempt = std::make_shared<Attempt>();
  attempt->request = std::move(request);
  attempt->limits = policy::LimitsAt(options_.pack, began);
  attempt->call = call.Within(environment_.clock, options_.timeout);
  attempt->missing = perspectives;
  attempt->views.assign(perspectives, std::vector<View>(attempt->request->subjects_size()));
  attempt->responses.resize(perspectives);

  // The remotes first: they look while we do.
  environment_.remotes.Ask(
      attempt->call, attempt->request,
      [this, attempt](size_t remote, absl::StatusOr<v1::ObserveResponse> response) {
        Receive(*attempt, remote + 1, std::move(response));
      });
  Receive(*attempt, 0, environment_.observe.Run(attempt->call, *attempt->request));

  std::unique_lock lock(attempt->mutex);
  const auto left = absl::ToChronoNanoseconds(attempt->call.Left(environment_.clock));
  attempt->arrived.wait_for(lock, std::min<std::chrono::nanoseconds>(left, std::chrono::hours(1)),
                            [&] { return attempt->missing == 0 || Decided(*attempt); });
  if (attempt->missing > 0 && Decided(*attempt)) {
    attempt->arrived.wait_for(lock, absl::ToChronoNanoseconds(options_.linger),
                              [&] { return attempt->missing == 0; });
  }
  // What is recorded and answered must come from one and the same state, so the
  // lock stays. A late answer waits for it.
  attempt->concluded = true;
  std::vector<v1::ValidateResponse> results;
  absl::Status failure;
  const absl::Duration took = environment_.clock.Now() - began;
  for (int i = 0; i < attempt->request->subjects_size(); ++i) {
    const bool caa_only = attempt->request->subjects(i).token().empty();
    const int method = caa_only ? Metrics::kCaa : Metrics::kHttp01;
    absl::StatusOr<v1::ValidateResponse> result = Conclude(*attempt, i);
    const int outcome = !result.ok()      ? Metrics::kUnavailable
                        : result->valid() ? Metrics::kValid
                                          : Metrics::kInvalid;
    metrics_->outcomes[method * Metrics::kOutcomes + outcome].Add();
    metrics_->seconds[method].Observe(took);
    RETURN_IF_ERROR(Record(call, *attempt, i, result));
    if (result.ok()) {
      results.push_back(*std::move(result));
    } else {
      failure = std::move(result).status();
    }
  }
  TellOfRefusals(*attempt);
  if (!failure.ok()) return failure;
  return results;
}

void Corroborate::Receive(Attempt& attempt, size_t perspective,
                          absl::StatusOr<v1::ObserveResponse> response) {
  std::vector<View> views;
  for (int i = 0; i < attempt.request->subjects_size(); ++i) {
    views.push_back(Open(*attempt.request, perspective, i, response));
    const View& view = views.back();
    const Metrics::OfPerspective& counters = metrics_->perspectives[perspective];
    (view.state != View::State::kSeen    ? counters.unreachable
     : view.Both() == Vote::Answer::kYes ? counters.yes
                                         : counters.no)
        .Add();
  }
  if (!response.ok()) {
    environment_.log.Warn("perspective_unreachable",
                          {{"perspective", options_.perspectives[perspective].id},
                           {"error", response.status()},
                           log::Trace(attempt.call)});
  } else if (views.front().other_software) {
    environment_.log.Warn(
        "perspective_software_differs",
        {{"perspective", options_.perspectives[perspective].id}, log::Trace(attempt.call)});
  }

  std::unique_lock lock(attempt.mutex);
  attempt.views[perspective] = std::move(views);
  if (response.ok()) attempt.responses[perspective] = *std::move(response);
  --attempt.missing;
  if (!attempt.concluded) {
    lock.unlock();
    attempt.arrived.notify_one();
    return;
  }
  // Late: the outcome stands, but the record gets all results (BR 5.4.1 (2.7)).
  if (attempt.missing > 0) return;
  for (int i = 0; i < attempt.request->subjects_size(); ++i) {
    const absl::Status status = Record(attempt.call, attempt, i, Conclude(attempt, i));
    // The record that the answer depended on is written; this one adds to it.
    if (!status.ok()) environment_.log.Error("audit_lost", {{"error", status}});
  }
  TellOfRefusals(attempt);
}

void Corroborate::TellOfRefusals(const Attempt& attempt) const {
  if (environment_.caa_refusals == nullptr || attempt.missing > 0) return;
  for (int i = 0; i < attempt.request->subjects_size(); ++i) {
    if (attempt.Decide(options_, i, &View::Forbids) != Verdict::kReached) continue;
    const v1::Subject& subject = attempt.request->subjects(i);
    const View& primary = attempt.views.front()[i];
    environment_.caa_refusals->Refused(
        {.name = base::Cat(subject.wildcard() ? "*." : "", subject.identifier().value()),
         .observed = absl::FromUnixSeconds(primary.observed_at),
         .caa = primary.caa});
  }
}

Corroborate::View Corroborate::Open(const v1::ObserveRequest& request, size_t perspective,
                                    int subject_index,
                                    const absl::StatusOr<v1::ObserveResponse>& response) const {
  View view{.state = View::State::kUnreachable};
  if (!response.ok()) {
    view.unreachable = std::string(errors::MappingOf(errors::ReasonOf(response.status())).name);
    return view;
  }
  if (response->receipts_size() != request.subjects_size()) {
    view.unreachable = "wrong number of receipts";
    return view;
  }
  const auto receipt = evidence::PeekReceipt(response->receipts(subject_index));
  if (!receipt.ok()) {
    view.unreachable = "no receipt";
    return view;
  }
  // Whether its signature is right is for the signer to say. Here it must only be
  // about what was asked, so that a mix-up shows now and not there.
  const v1::Subject& subject = request.subjects(subject_index);
  const bool is_dns = subject.identifier().type() == core::v1::Identifier::TYPE_DNS;
  if (receipt->perspective_id() != options_.perspectives[perspective].id ||
      receipt->rir() != options_.perspectives[perspective].rir ||
      receipt->attempt_id() != request.attempt_id() ||
      receipt->identifier().type() != subject.identifier().type() ||
      receipt->identifier().value() != subject.identifier().value() ||
      receipt->wildcard() != subject.wildcard() ||
      receipt->account_uri() != subject.account_uri() ||
      receipt->account_thumbprint() != subject.account_thumbprint() ||
      receipt->has_control() == subject.token().empty() ||
      receipt->control().token() != subject.token() || receipt->has_caa() != is_dns) {
    view.unreachable = "a receipt of something else";
    return view;
  }
  if (is_dns &&
      (receipt->caa().method() != subject.method() ||
       !std::is_permutation(receipt->caa().identities().begin(), receipt->caa().identities().end(),
                            options_.caa_identities.begin(), options_.caa_identities.end()))) {
    view.unreachable = "it asked CAA about another CA or method";
    return view;
  }
  view.state = View::State::kSeen;
  view.control_ok = !receipt->has_control() || receipt->control().corroborated();
  view.caa_ok = !receipt->has_caa() || receipt->caa().permits();
  view.control_problem = receipt->control().problem();
  view.caa_problem = receipt->caa().problem();
  view.observed_at = receipt->observed_at();
  if (!view.caa_ok) view.caa = receipt->caa();
  view.other_software = receipt->software_version() != options_.software_version;
  return view;
}

bool Corroborate::Decided(const Attempt& attempt) const {
  for (int i = 0; i < attempt.request->subjects_size(); ++i) {
    const Verdict control = attempt.Decide(options_, i, &View::Control);
    const Verdict caa = attempt.Decide(options_, i, &View::Caa);
    if (control == Verdict::kMissed || caa == Verdict::kMissed) continue;
    if (control == Verdict::kUndecided || caa == Verdict::kUndecided) return false;
  }
  return true;
}

absl::StatusOr<v1::ValidateResponse> Corroborate::Conclude(const Attempt& attempt,
                                                           int subject) const {
  v1::ValidateResponse response;
  response.set_corroboration(
      evidence::ToText(attempt.Votes(options_, subject, &View::Both, false)));
  // What is not about this subject would only make the signer refuse the rest.
  for (size_t i = 0; i < attempt.views.size(); ++i) {
    if (attempt.views[i][subject].state != View::State::kSeen) continue;
    *response.mutable_attempt()->add_receipts() = attempt.responses[i].receipts(subject);
  }
  struct Question {
    Vote::Answer (View::*answer)() const;
    core::v1::Problem View::*problem;
  };
  const Question questions[] = {{&View::Control, &View::control_problem},
                                {&View::Caa, &View::caa_problem}};
  // Without the primary there is no quorum, whatever the others have yet to say of
  // either question.
  const View& primary = attempt.views.front()[subject];
  for (const Question& question : questions) {
    if (primary.state != View::State::kSeen || (primary.*question.answer)() != Vote::Answer::kNo) {
      continue;
    }
    *response.mutable_problem() = primary.*question.problem;
    return response;
  }
  for (const Question& question : questions) {
    if (attempt.Decide(options_, subject, question.answer) == Verdict::kReached) continue;
    // Had those answered that did not, it might have been enough: then nothing is
    // known against the subscriber, and the attempt is worth another try.
    if (attempt.Decide(options_, subject, question.answer, /*unreachable_is_yes=*/true) ==
        Verdict::kReached) {
      return errors::Make(Reason::kUnavailable,
                          base::Cat("too few perspectives answered: ", response.corroboration()));
    }
    // The first remote's problem stands for all; which one it was is not told.
    for (size_t i = 1; i < attempt.views.size(); ++i) {
      const View& view = attempt.views[i][subject];
      if (view.state != View::State::kSeen || (view.*question.answer)() != Vote::Answer::kNo) {
        continue;
      }
      const core::v1::Problem& problem = view.*question.problem;
      response.mutable_problem()->set_reason(problem.reason());
      response.mutable_problem()->set_detail(
          base::Cat("During secondary validation: ", problem.detail()));
      return response;
    }
    // Nobody said no, so the configuration itself can't reach a quorum.
    return errors::Make(Reason::kUnavailable, "the perspectives can't make a quorum");
  }
  response.set_valid(true);
  return response;
}

absl::Status Corroborate::Record(const base::Call& call, const Attempt& attempt, int subject_index,
                                 const absl::StatusOr<v1::ValidateResponse>& response) const {
  const v1::Subject& subject = attempt.request->subjects(subject_index);
  audit::v1::Event event = audit::EventOf(call);
  audit::v1::ValidationDone& done = *event.mutable_validation_done();
  *done.mutable_identifier() = subject.identifier();
  done.set_wildcard(subject.wildcard());
  done.set_method(subject.token().empty() ? "caa" : subject.method());
  done.set_account_uri(subject.account_uri());
  done.set_attempt_id(attempt.request->attempt_id());
  done.set_corroboration(
      evidence::ToText(attempt.Votes(options_, subject_index, &View::Both, false)));
  done.set_valid(response.ok() && response->valid());
  if (!response.ok()) {
    *done.mutable_problem() = MakeProblem(response.status());
  } else if (!response->valid()) {
    *done.mutable_problem() = response->problem();
  }
  for (size_t i = 0; i < attempt.views.size(); ++i) {
    const View& view = attempt.views[i][subject_index];
    audit::v1::PerspectiveResult& result = *done.add_perspectives();
    result.set_perspective_id(options_.perspectives[i].id);
    result.set_control(view.control_ok && !subject.token().empty());
    result.set_caa(view.caa_ok && subject.identifier().type() == core::v1::Identifier::TYPE_DNS);
    switch (view.state) {
      case View::State::kPending:
        result.set_problem("no answer yet");
        break;
      case View::State::kUnreachable:
        result.set_problem(base::Cat("unreachable: ", view.unreachable));
        break;
      case View::State::kSeen:
        if (!view.control_ok) {
          result.set_problem(view.control_problem.detail());
        } else if (!view.caa_ok) {
          result.set_problem(view.caa_problem.detail());
        }
        break;
    }
  }
  // LOG-12: what prevented it is in the record whole.
  for (size_t i = 0; i < attempt.views.size() && !done.valid() && !done.has_caa_refusal(); ++i) {
    const View& view = attempt.views[i][subject_index];
    if (view.Forbids() != Vote::Answer::kYes) continue;
    done.mutable_caa_refusal()->set_perspective_id(options_.perspectives[i].id);
    done.mutable_caa_refusal()->set_observed_at(view.observed_at);
    *done.mutable_caa_refusal()->mutable_caa() = view.caa;
  }
  return environment_.audit.Write(event);
}

}  // namespace cairn::va
