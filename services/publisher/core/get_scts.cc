#include "services/publisher/core/get_scts.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/ct/precertificate.h"
#include "libs/errors/errors.h"
#include "services/publisher/core/candidates.h"
#include "services/publisher/core/chain.h"

namespace cairn::publisher {
namespace {

using ct::Log;
using errors::Reason;
using Steady = std::chrono::steady_clock;
using Standing = LogHealth::Standing;

}  // namespace

// One race. Its state is shared with the submissions, which may outlive Run.
class GetScts::Race {
 public:
  Race(const GetScts& owner, const base::Call& call, Chain chain, ct::Entry entry)
      : options_(owner.options_),
        environment_(owner.environment_),
        call_(call),
        list_(environment_.logs()),
        state_(std::make_shared<State>(list_, std::move(chain), std::move(entry))) {
    const x509::TbsCertificate& tbs = state_->chain.leaf().tbs();
    days_ = ct::LifetimeDays(tbs.not_before, tbs.not_after);
    left_ = Candidates(*list_, tbs.not_after, environment_.health, environment_.random);
  }
  ~Race() { state_->cancellation.Cancel(); }
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  absl::StatusOr<v1::GetSctsResponse> Run() {
    Probe();
    Launch(ct::LogsToAsk(options_.policy, {}, left_, days_));
    while (true) {
      const std::vector<size_t> chosen = ct::ChooseSet(options_.policy, have_, days_);
      if (!chosen.empty()) return Answer(chosen);
      if (running_.empty()) return NotEnough("no further log could complete a set");
      if (call_.Left(environment_.clock) <= absl::ZeroDuration()) {
        return NotEnough("the time is over");
      }
      if (!WaitForResults()) Overdue();
      TakeResults();
    }
  }

 private:
  struct Result {
    const Log* log;
    absl::StatusOr<ct::SignedCertificateTimestamp> sct;
  };
  struct State {
    State(std::shared_ptr<const ct::LogList> list, Chain chain, ct::Entry entry)
        : list(std::move(list)), chain(std::move(chain)), entry(std::move(entry)) {}

    // Owns the logs that the submissions point to.
    const std::shared_ptr<const ct::LogList> list;
    const Chain chain;
    const ct::Entry entry;
    http::Cancellation cancellation;
    std::mutex mutex;
    std::condition_variable wake;
    std::vector<Result> results;
  };

  // Tries logs that have rested long enough. Nobody waits for them, and nothing
  // cancels them: they show whether the log is well again.
  void Probe() {
    for (const Log* log : left_) {
      if (!environment_.health.TakeProbe(log->id)) continue;
      const absl::Time began = environment_.clock.Now();
      const bool queued = environment_.submissions.TryRun(
          [state = state_, log, began, limit = options_.stagger,
           timeout = options_.submission_timeout, &environment = environment_] {
            base::Call call;
            call.deadline = began + timeout;
            const auto sct =
                environment.submit.Run(call, *log, state->chain, state->entry, nullptr);
            if (sct.ok() && environment.clock.Now() - began <= limit) {
              environment.health.Succeeded(log->id);
            } else {
              environment.health.Failed(log->id, errors::RetryAfterOf(sct.status()));
            }
          });
      if (!queued) environment_.health.Failed(log->id, absl::ZeroDuration());
    }
  }

  void Launch(const std::vector<const Log*>& logs) {
    for (const Log* log : logs) {
      std::erase(left_, log);
      base::Call call = call_.Within(environment_.clock, options_.submission_timeout);
      const bool queued = environment_.submissions.TryRun(
          [state = state_, log, call, &submit = environment_.submit] {
            auto sct = submit.Run(call, *log, state->chain, state->entry, &state->cancellation);
            {
              std::lock_guard lock(state->mutex);
              state->results.push_back({log, std::move(sct)});
            }
            state->wake.notify_one();
          });
      // A full pool says nothing about the log.
      if (queued) running_.insert(log);
    }
    next_launch_ = Steady::now() + absl::ToChronoNanoseconds(options_.stagger);
  }

  // False when the next logs are due, or the time is over.
  bool WaitForResults() {
    // A call without a deadline has more left than a time point can hold.
    const absl::Duration left =
        std::min(call_.Left(environment_.clock), absl::FromChrono(next_launch_ - Steady::now()));
    const auto until = Steady::now() + absl::ToChronoNanoseconds(left);
    std::unique_lock lock(state_->mutex);
    return state_->wake.wait_until(lock, until, [&] { return !state_->results.empty(); });
  }

  void TakeResults() {
    std::vector<Result> results;
    {
      std::lock_guard lock(state_->mutex);
      results.swap(state_->results);
    }
    bool failed = false;
    for (Result& result : results) {
      running_.erase(result.log);
      const bool late = late_.erase(result.log) > 0;
      if (result.sct.ok()) {
        if (!late) environment_.health.Succeeded(result.log->id);
        have_.push_back(result.log);
        scts_.push_back(*std::move(result.sct));
        continue;
      }
      failed = true;
      const absl::Status& status = result.sct.status();
      environment_.health.Failed(result.log->id, errors::RetryAfterOf(status));
      environment_.log.Warn(
          "ct_submission_failed",
          {{"log", result.log->description},
           {"reason", std::string(errors::MappingOf(errors::ReasonOf(status)).name)},
           {"detail", status}});
    }
    // Those that are not late yet may still do their part.
    if (failed) AskMore(WithFresh());
  }

  // What runs now is slow: ask others as if it had failed.
  void Overdue() {
    for (const Log* log : running_) {
      if (late_.insert(log).second) environment_.health.Failed(log->id, absl::ZeroDuration());
    }
    AskMore(have_);
  }

  // Asks those that would complete `counted_on`; where nothing does, those that
  // would complete a set together with all that still runs.
  void AskMore(const std::vector<const Log*>& counted_on) {
    std::vector<const Log*> more = ct::LogsToAsk(options_.policy, counted_on, left_, days_);
    if (more.empty() && !ct::CheckClients(options_.policy, counted_on, days_).ok()) {
      std::vector<const Log*> all = have_;
      all.insert(all.end(), running_.begin(), running_.end());
      more = ct::LogsToAsk(options_.policy, all, left_, days_);
    }
    Launch(more);
  }

  std::vector<const Log*> WithFresh() const {
    std::vector<const Log*> logs = have_;
    for (const Log* log : running_) {
      if (!late_.contains(log)) logs.push_back(log);
    }
    return logs;
  }

  v1::GetSctsResponse Answer(const std::vector<size_t>& chosen) const {
    v1::GetSctsResponse response;
    for (const size_t i : chosen) {
      v1::Sct& sct = *response.add_scts();
      sct.set_encoded(scts_[i].Encode());
      sct.set_log(have_[i]->description);
    }
    response.set_log_list_version(list_->version());
    return response;
  }

  absl::Status NotEnough(std::string_view why) const {
    return errors::Make(Reason::kUnavailable,
                        base::Cat("SCTs of ", have_.size(), " logs are not enough: ", why));
  }

  const Options& options_;
  const Environment& environment_;
  const base::Call& call_;
  const std::shared_ptr<const ct::LogList> list_;
  const std::shared_ptr<State> state_;
  int days_ = 0;
  std::vector<const Log*> left_;  // not asked yet
  std::set<const Log*> running_;
  std::set<const Log*> late_;  // of those that run
  std::vector<const Log*> have_;
  std::vector<ct::SignedCertificateTimestamp> scts_;  // of have_
  Steady::time_point next_launch_;
};

absl::StatusOr<v1::GetSctsResponse> GetScts::Run(const base::Call& call,
                                                 const v1::GetSctsRequest& request) const {
  ASSIGN_OR_RETURN(Chain chain, Chain::Parse(request.chain()));
  if (chain.leaf().tbs().Find(ct::kPoisonOid) == nullptr) {
    return errors::Make(Reason::kMalformed, "the first certificate is no precertificate");
  }
  ASSIGN_OR_RETURN(ct::Entry entry, chain.PrecertificateEntry());
  return Race(*this, call, std::move(chain), std::move(entry)).Run();
}

absl::Status GetScts::CheckEnough(absl::Time not_before, absl::Time not_after) const {
  const std::shared_ptr<const ct::LogList> list = environment_.logs();
  std::vector<const Log*> good;
  for (const Log& log : list->logs()) {
    if (log.state == ct::LogState::kUsable && ct::MayTake(log, not_after) &&
        environment_.health.StandingOf(log.id) == Standing::kGood) {
      good.push_back(&log);
    }
  }
  const int days = ct::LifetimeDays(not_before, not_after);
  if (!ct::LogsToAsk(options_.policy, {}, good, days).empty()) return absl::OkStatus();
  return errors::Make(Reason::kUnavailable,
                      base::Cat(good.size(), " logs in good standing are not enough for a set"));
}

}  // namespace cairn::publisher
