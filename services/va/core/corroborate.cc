#include "services/va/core/corroborate.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

#include "libs/audit/event.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/evidence/quorum.h"
#include "libs/evidence/receipt.h"
#include "libs/policy/validation_methods.h"
#include "services/va/core/conclude.h"
#include "services/va/core/problem.h"

namespace cairn::va {

using errors::Reason;
using evidence::Verdict;
using evidence::Vote;

namespace {

std::vector<std::string> IdsOf(const std::vector<AskedPerspective>& asked) {
  std::vector<std::string> ids;
  for (const AskedPerspective& perspective : asked) ids.push_back(perspective.site.id);
  return ids;
}

}  // namespace

struct Corroborate::Metrics {
  enum Outcome { kValid, kInvalid, kUnavailable, kOutcomes };

  struct OfPerspective {
    metrics::Counter yes, no, unreachable;
  };

  explicit Metrics(metrics::Registry& registry, const Options& options) {
    const char* const names[] = {"valid", "invalid", "unavailable"};
    std::vector<std::string> methods = {"caa"};
    for (const policy::ValidationMethod& method : policy::ValidationMethods()) {
      methods.emplace_back(method.name);
    }
    for (const std::string& method : methods) {
      for (const char* outcome : names) {
        outcomes.push_back(registry.Counter("cairn_va_validations_total",
                                            "Attempts of all perspectives together.",
                                            {{"method", method}, {"outcome", outcome}}));
      }
      seconds.push_back(registry.Histogram("cairn_va_validation_seconds",
                                           "Time of an attempt, all perspectives.",
                                           {{"method", method}}));
    }
    for (const AskedPerspective& perspective : options.perspectives) {
      const auto counter = [&](const char* outcome) {
        return registry.Counter("cairn_va_perspective_results_total",
                                "What each perspective said of each subject.",
                                {{"perspective", perspective.site.id}, {"outcome", outcome}});
      };
      perspectives.push_back({counter("yes"), counter("no"), counter("unreachable")});
    }
  }

  // Of what a subject asks for: CAA, or the control that its method proves.
  static size_t IndexOf(const v1::Subject& subject) {
    if (subject.caa_only()) return 0;
    size_t index = 1;
    for (const policy::ValidationMethod& method : policy::ValidationMethods()) {
      if (method.name == subject.method()) break;
      ++index;
    }
    return index;
  }

  std::vector<metrics::Counter> outcomes;   // [method * kOutcomes + outcome]
  std::vector<metrics::Histogram> seconds;  // [method]
  std::vector<OfPerspective> perspectives;
};

Corroborate::Corroborate(Options options, const Environment& environment)
    : options_(std::move(options)),
      environment_(environment),
      metrics_(std::make_unique<Metrics>(environment.metrics, options_)),
      punctuality_(IdsOf(options_.perspectives), options_.late_attempts, environment.log,
                   environment.metrics),
      shadows_(options_.perspectives, environment.log, environment.metrics) {}

Corroborate::~Corroborate() = default;

absl::StatusOr<v1::ValidateResponse> Corroborate::Validate(const base::Call& call,
                                                           const v1::ValidateRequest& request) {
  if (request.subject().caa_only()) return errors::Make(Reason::kMalformed, "CAA only");
  auto observe = std::make_shared<v1::ObserveRequest>();
  *observe->add_subjects() = request.subject();
  ASSIGN_OR_RETURN(std::vector<v1::ValidateResponse> results, Run(call, std::move(observe)));
  return std::move(results.front());
}

absl::StatusOr<v1::CheckCaaResponse> Corroborate::CheckCaa(const base::Call& call,
                                                           const v1::CheckCaaRequest& request) {
  auto observe = std::make_shared<v1::ObserveRequest>();
  for (const v1::Subject& subject : request.subjects()) {
    if (!subject.caa_only()) return errors::Make(Reason::kMalformed, "not CAA only");
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
  // Before anybody is asked: what is seen could not be used.
  RETURN_IF_ERROR(environment_.rules.Check());
  if (request->subjects_size() == 0) return errors::Make(Reason::kMalformed, "no subjects");
  for (const v1::Subject& subject : request->subjects()) RETURN_IF_ERROR(CheckSubject(subject));
  // Fresh for each try, so that no receipt of another counts (BR 3.2.2.9).
  request->set_attempt_id(environment_.random.Bytes(16));

  const absl::Time began = environment_.clock.Now();
  const auto attempt = std::make_shared<Attempt>(options_.perspectives, std::move(request),
                                                 policy::LimitsAt(options_.pack, began),
                                                 call.Within(environment_.clock, options_.timeout));

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
                            [&] { return attempt->missing == 0 || attempt->Decided(); });
  if (attempt->missing > 0 && attempt->Decided()) {
    attempt->arrived.wait_for(lock, absl::ToChronoNanoseconds(LingerOf(*attempt)),
                              [&] { return !WorthLingering(*attempt); });
  }
  // What is recorded and answered must come from one and the same state, so the
  // lock stays. A late answer waits for it.
  return Finish(call, *attempt, began);
}

absl::Duration Corroborate::LingerOf(const Attempt& attempt) const {
  return attempt.Missed() ? options_.problem_linger : options_.linger;
}

bool Corroborate::WorthLingering(const Attempt& attempt) const {
  for (size_t i = 1; i < options_.perspectives.size(); ++i) {
    if (options_.perspectives[i].shadow || punctuality_.Lags(i)) continue;
    if (attempt.Pending(i)) return true;
  }
  return false;
}

absl::StatusOr<std::vector<v1::ValidateResponse>> Corroborate::Finish(const base::Call& call,
                                                                      Attempt& attempt,
                                                                      absl::Time began) {
  attempt.concluded = true;
  for (size_t i = 1; i < options_.perspectives.size(); ++i) {
    // Nobody waited for those that lag, so only their answer tells whether it is late.
    if (options_.perspectives[i].shadow || !attempt.Pending(i) || punctuality_.Lags(i)) continue;
    attempt.noted_late[i] = true;
    punctuality_.Note(i, /*in_time=*/false);
  }
  // At the deadline: whoever comes now is late.
  if (!attempt.late_after.has_value()) attempt.late_after = absl::InfinitePast();
  std::vector<v1::ValidateResponse> results;
  absl::Status failure;
  const absl::Duration took = environment_.clock.Now() - began;
  for (int i = 0; i < attempt.request->subjects_size(); ++i) {
    const size_t method = Metrics::IndexOf(attempt.request->subjects(i));
    absl::StatusOr<v1::ValidateResponse> result = Conclude(attempt, i);
    if (result.ok()) attempt.outcomes[i] = result->valid();
    const int outcome = !result.ok()      ? Metrics::kUnavailable
                        : result->valid() ? Metrics::kValid
                                          : Metrics::kInvalid;
    metrics_->outcomes[method * Metrics::kOutcomes + outcome].Add();
    metrics_->seconds[method].Observe(took);
    RETURN_IF_ERROR(Record(call, attempt, i, result));
    if (result.ok()) {
      results.push_back(*std::move(result));
    } else {
      failure = std::move(result).status();
    }
  }
  for (size_t i = 1; i < options_.perspectives.size(); ++i) {
    if (options_.perspectives[i].shadow && !attempt.Pending(i)) shadows_.Compare(attempt, i);
  }
  TellOfRefusals(attempt);
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
    if (options_.perspectives[perspective].shadow) continue;
    (view.state != View::State::kSeen    ? counters.unreachable
     : view.Both() == Vote::Answer::kYes ? counters.yes
                                         : counters.no)
        .Add();
  }
  if (!response.ok()) {
    environment_.log.Warn("perspective_unreachable",
                          {{"perspective", options_.perspectives[perspective].site.id},
                           {"error", response.status()},
                           log::Trace(attempt.call)});
  } else if (views.front().other_software) {
    environment_.log.Warn(
        "perspective_software_differs",
        {{"perspective", options_.perspectives[perspective].site.id}, log::Trace(attempt.call)});
  }

  const bool answered = response.ok();
  std::unique_lock lock(attempt.mutex);
  attempt.views[perspective] = std::move(views);
  if (options_.perspectives[perspective].shadow) {
    if (attempt.concluded) shadows_.Compare(attempt, perspective);
    return;
  }
  if (response.ok()) attempt.responses[perspective] = *std::move(response);
  --attempt.missing;
  NotePunctuality(attempt, perspective, answered);
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
    if (attempt.Decide(i, &View::Forbids) != Verdict::kReached) continue;
    const v1::Subject& subject = attempt.request->subjects(i);
    const View& primary = attempt.views.front()[i];
    environment_.caa_refusals->Refused(
        {.name = base::Cat(subject.wildcard() ? "*." : "", subject.identifier().value()),
         .observed = absl::FromUnixSeconds(primary.observed_at),
         .caa = primary.caa});
  }
}

void Corroborate::NotePunctuality(Attempt& attempt, size_t perspective, bool answered) {
  const absl::Time now = environment_.clock.Now();
  if (!attempt.late_after.has_value() && attempt.Decided()) {
    attempt.late_after = now + LingerOf(attempt);
  }
  if (perspective == 0 || attempt.noted_late[perspective]) return;
  punctuality_.Note(perspective,
                    answered && (!attempt.late_after.has_value() || now <= *attempt.late_after));
}

View Corroborate::Open(const v1::ObserveRequest& request, size_t perspective, int subject_index,
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
  const evidence::Site& site = options_.perspectives[perspective].site;
  if (receipt->perspective_id() != site.id || receipt->rir() != site.rir ||
      receipt->attempt_id() != request.attempt_id() ||
      receipt->identifier().type() != subject.identifier().type() ||
      receipt->identifier().value() != subject.identifier().value() ||
      receipt->wildcard() != subject.wildcard() ||
      receipt->account_uri() != subject.account_uri() ||
      receipt->account_thumbprint() != subject.account_thumbprint() ||
      receipt->has_control() == subject.caa_only() ||
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

absl::Status Corroborate::Record(const base::Call& call, const Attempt& attempt, int subject_index,
                                 const absl::StatusOr<v1::ValidateResponse>& response) const {
  const v1::Subject& subject = attempt.request->subjects(subject_index);
  audit::v1::Event event = audit::EventOf(call);
  audit::v1::ValidationDone& done = *event.mutable_validation_done();
  *done.mutable_identifier() = subject.identifier();
  done.set_wildcard(subject.wildcard());
  done.set_method(subject.caa_only() ? "caa" : subject.method());
  done.set_account_uri(subject.account_uri());
  done.set_attempt_id(attempt.request->attempt_id());
  done.set_corroboration(evidence::ToText(attempt.Votes(subject_index, &View::Both)));
  done.set_valid(response.ok() && response->valid());
  if (!response.ok()) {
    *done.mutable_problem() = MakeProblem(response.status());
  } else if (!response->valid()) {
    *done.mutable_problem() = response->problem();
  }
  for (size_t i = 0; i < attempt.views.size(); ++i) {
    const View& view = attempt.views[i][subject_index];
    if (options_.perspectives[i].shadow) continue;
    audit::v1::PerspectiveResult& result = *done.add_perspectives();
    result.set_perspective_id(options_.perspectives[i].site.id);
    result.set_control(view.control_ok && !subject.caa_only());
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
    if (options_.perspectives[i].shadow || view.Forbids() != Vote::Answer::kYes) continue;
    done.mutable_caa_refusal()->set_perspective_id(options_.perspectives[i].site.id);
    done.mutable_caa_refusal()->set_observed_at(view.observed_at);
    *done.mutable_caa_refusal()->mutable_caa() = view.caa;
  }
  return environment_.audit.Write(event);
}

}  // namespace cairn::va
