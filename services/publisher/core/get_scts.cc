#include "services/publisher/core/get_scts.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
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

// A late log is not known to be ill.
bool IsWell(LogHealth::Standing standing) {
  return standing == LogHealth::Standing::kGood || standing == LogHealth::Standing::kLate;
}

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
  // Those that are late go on: how they end tells whether the log is well.
  ~Race() {
    std::lock_guard lock(state_->mutex);
    for (const auto& submission : running_) {
      if (!submission->late) submission->cancellation.Cancel();
    }
  }
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
      if (WaitForResults()) {
        TakeResults();
      } else {
        MarkLate();
      }
      AskMore();
    }
  }

 private:
  struct Submission {
    Submission(const Log* log, Steady::time_point due) : log(log), due(due) {}

    const Log* const log;
    const Steady::time_point due;  // then it is late
    http::Cancellation cancellation;
    bool late = false;
    std::optional<absl::StatusOr<ct::SignedCertificateTimestamp>> result;  // once it has ended
  };
  struct State {
    State(std::shared_ptr<const ct::LogList> list, Chain chain, ct::Entry entry)
        : list(std::move(list)), chain(std::move(chain)), entry(std::move(entry)) {}

    // Owns the logs that the submissions point to.
    const std::shared_ptr<const ct::LogList> list;
    const Chain chain;
    const ct::Entry entry;
    std::mutex mutex;  // of what changes in submissions
    std::condition_variable wake;
    bool news = false;  // a submission has ended
  };

  // Tries logs that have rested long enough. Nobody waits for them, and nothing
  // cancels them: they show whether the log is well again.
  void Probe() {
    for (const Log* log : left_) {
      if (!environment_.health.TakeProbe(log->id)) continue;
      base::Call call;
      call.deadline = environment_.clock.Now() + options_.submission_timeout;
      const bool queued = environment_.submissions.TryRun(
          [state = state_, log, call, &submit = environment_.submit] {
            (void)submit.Run(call, *log, state->chain, state->entry, nullptr);
          });
      if (!queued) environment_.health.Failed(log->id, absl::ZeroDuration());
    }
  }

  void Launch(const std::vector<const Log*>& logs) {
    for (const Log* log : logs) {
      std::erase(left_, log);
      const absl::Duration patience =
          std::min(environment_.health.PatienceWith(log->id), options_.stagger);
      const auto submission =
          std::make_shared<Submission>(log, Steady::now() + absl::ToChronoNanoseconds(patience));
      // Not cut to the time of the call: a late one goes on without it.
      base::Call call = call_;
      call.deadline = environment_.clock.Now() + options_.submission_timeout;
      const bool queued = environment_.submissions.TryRun([state = state_, submission, call,
                                                           &submit = environment_.submit,
                                                           &health = environment_.health] {
        auto sct = submit.Run(call, *submission->log, state->chain, state->entry,
                              &submission->cancellation);
        {
          std::lock_guard lock(state->mutex);
          if (submission->late) health.LateEnded(submission->log->id);
          submission->result = std::move(sct);
          state->news = true;
        }
        state->wake.notify_one();
      });
      // A full pool says nothing about the log.
      if (queued) running_.push_back(submission);
    }
  }

  // False when a submission becomes late, or the time is over.
  bool WaitForResults() {
    auto due = Steady::now() + absl::ToChronoNanoseconds(options_.submission_timeout);
    std::unique_lock lock(state_->mutex);
    for (const auto& submission : running_) {
      if (!submission->late) due = std::min(due, submission->due);
    }
    // A call without a deadline has more left than a time point can hold.
    const absl::Duration left =
        std::min(call_.Left(environment_.clock), absl::FromChrono(due - Steady::now()));
    const auto until = Steady::now() + absl::ToChronoNanoseconds(left);
    return state_->wake.wait_until(lock, until, [&] { return std::exchange(state_->news, false); });
  }

  void TakeResults() {
    std::lock_guard lock(state_->mutex);
    std::erase_if(running_, [&](const std::shared_ptr<Submission>& submission) {
      if (!submission->result) return false;
      if (submission->result->ok()) {
        have_.push_back(submission->log);
        scts_.push_back(**std::move(submission->result));
      }
      return true;
    });
  }

  void MarkLate() {
    std::lock_guard lock(state_->mutex);
    for (const auto& submission : running_) {
      if (submission->late || submission->result || Steady::now() < submission->due) continue;
      submission->late = true;
      environment_.health.Late(submission->log->id);
    }
  }

  // Asks those that would complete a set with what is there or in time; where
  // nothing does, those that would complete it together with all that still runs.
  void AskMore() {
    std::vector<const Log*> counted_on = have_;
    std::vector<const Log*> all = have_;
    {
      std::lock_guard lock(state_->mutex);
      for (const auto& submission : running_) {
        all.push_back(submission->log);
        if (!submission->late) counted_on.push_back(submission->log);
      }
    }
    std::vector<const Log*> more = ct::LogsToAsk(options_.policy, counted_on, left_, days_);
    if (more.empty() && !ct::CheckClients(options_.policy, counted_on, days_).ok()) {
      more = ct::LogsToAsk(options_.policy, all, left_, days_);
    }
    Launch(more);
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
  std::vector<std::shared_ptr<Submission>> running_;
  std::vector<const Log*> have_;
  std::vector<ct::SignedCertificateTimestamp> scts_;  // of have_
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
        IsWell(environment_.health.StandingOf(log.id))) {
      good.push_back(&log);
    }
  }
  const int days = ct::LifetimeDays(not_before, not_after);
  if (!ct::LogsToAsk(options_.policy, {}, good, days).empty()) return absl::OkStatus();
  return errors::Make(Reason::kUnavailable,
                      base::Cat(good.size(), " logs in good standing are not enough for a set"));
}

}  // namespace cairn::publisher
