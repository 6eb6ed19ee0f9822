#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/log/log.h"
#include "libs/metrics/metrics.h"
#include "libs/policy/calendar.h"
#include "protos/va/v1/va.pb.h"
#include "services/va/core/attempt.h"
#include "services/va/core/caa_refusals.h"
#include "services/va/core/observe.h"
#include "services/va/core/punctuality.h"
#include "services/va/core/rules_watch.h"
#include "services/va/core/shadows.h"

namespace cairn::va {

// The remote perspectives, by number.
class Remotes {
 public:
  virtual ~Remotes() = default;
  // `remote` is its number.
  using OnAnswer = std::function<void(size_t remote, absl::StatusOr<v1::ObserveResponse>)>;

  // Asks all of them at once and returns without waiting. `on_answer` is called
  // once for each, on any thread, also after the caller has gone; it doesn't block.
  virtual void Ask(const base::Call& call, std::shared_ptr<const v1::ObserveRequest> request,
                   OnAnswer on_answer) = 0;
};

// BR 3.2.2.9: looks, has the remotes look at the same time, counts. Thread-safe.
class Corroborate {
 public:
  struct Options {
    policy::Pack pack = policy::Pack::kPrivate;
    // The primary first, then the remotes by number.
    std::vector<AskedPerspective> perspectives;
    // A remote that looks for others in CAA records sees something else.
    std::vector<std::string> caa_identities;
    std::string software_version;
    absl::Duration timeout = absl::Seconds(12);
    // How long the rest is waited for once the outcome is clear, so that the
    // record is whole as long as nobody is slow.
    absl::Duration linger = absl::Milliseconds(50);
    // The same where the outcome is a problem: people want to know how many saw it,
    // and nobody is in a hurry to hear of it.
    absl::Duration problem_linger = absl::Seconds(1);
    // After how many late answers in a row a remote is not lingered for.
    int late_attempts = 3;
  };
  struct Environment {
    // Knows those perspectives that are no shadows.
    RulesWatch& rules;
    const Observe& observe;
    Remotes& remotes;
    audit::Log& audit;
    log::Logger& log;
    metrics::Registry& metrics;
    const base::Clock& clock;
    base::Random& random;
    // Told of what CAA forbids as a quorum sees it, once all have answered. May be null.
    CaaRefusals* caa_refusals = nullptr;
  };

  // What `environment` refers to must outlive this; this must outlive the answers
  // of the remotes.
  Corroborate(Options options, const Environment& environment);
  ~Corroborate();

  // One attempt: the receipts in a response are all of it, and never of another
  // (MPIC-11). A finding is a result; kUnavailable if too few perspectives
  // answered for there to be one, or if they break a rule of the day, when nobody
  // is asked; kMalformed for a request that makes no sense.
  absl::StatusOr<v1::ValidateResponse> Validate(const base::Call& call,
                                                const v1::ValidateRequest& request);
  // CAA alone, of all subjects in one attempt.
  absl::StatusOr<v1::CheckCaaResponse> CheckCaa(const base::Call& call,
                                                const v1::CheckCaaRequest& request);

 private:
  struct Metrics;

  absl::StatusOr<std::vector<v1::ValidateResponse>> Run(
      const base::Call& call, std::shared_ptr<v1::ObserveRequest> request);
  absl::Duration LingerOf(const Attempt& attempt) const;
  // Whether anybody is missing who may be expected to come soon.
  bool WorthLingering(const Attempt& attempt) const;
  absl::StatusOr<std::vector<v1::ValidateResponse>> Finish(const base::Call& call, Attempt& attempt,
                                                           absl::Time began);
  void Receive(Attempt& attempt, size_t perspective, absl::StatusOr<v1::ObserveResponse> response);
  void NotePunctuality(Attempt& attempt, size_t perspective, bool answered);
  View Open(const v1::ObserveRequest& request, size_t perspective, int subject,
            const absl::StatusOr<v1::ObserveResponse>& response) const;
  absl::Status Record(const base::Call& call, const Attempt& attempt, int subject,
                      const absl::StatusOr<v1::ValidateResponse>& response) const;
  void TellOfRefusals(const Attempt& attempt) const;

  const Options options_;
  const Environment environment_;
  const std::unique_ptr<Metrics> metrics_;
  Punctuality punctuality_;
  const Shadows shadows_;
};

}  // namespace cairn::va
