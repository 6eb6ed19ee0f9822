#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <string>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "protos/publisher/v1/publisher.pb.h"
#include "protos/sa/v1/sa.pb.h"
#include "services/publisher/api/publisher.h"
#include "services/ra/core/observer.h"
#include "services/ra/core/work_queue.h"
#include "services/ra/options.h"
#include "services/sa/api/log_queue.h"

namespace cairn::ra {

// What is left to do with CT logs when a certificate is issued: to submit it
// (CT-02), and later, for a share of them, to look whether the logs have kept the
// promises that its SCTs are (CT-22). The SA keeps what is due when; a worker that
// is gone loses its lease.
class WorkLogQueue {
 public:
  struct Peers {
    sa::LogQueue& queue;
    publisher::Publisher& publisher;
  };

  WorkLogQueue(const Options& options, Peers peers, WorkQueue& workers, audit::Log& audit,
               const base::Clock& clock, Observer& observer);

  // Leases as much of what is due as `workers` have room for and hands it to them.
  // An error of the SA is returned; the next run tries again.
  absl::Status Run(const base::Call& call);

  // Whether the inclusion of this serial is looked up: one in options.inclusion_share,
  // the same ones for everybody who asks.
  bool IsSampled(const std::string& serial) const;

 private:
  // A log's promise for one entry.
  using Promise = publisher::v1::CheckInclusionRequest;
  struct Verdict {
    LogOutcome outcome;  // kIncluded, kNotYet or kBroken
    absl::Status why;    // OK where nothing is wrong
    std::string log;     // whose promise it was, if that is known
  };

  void Do(const base::Call& call, const sa::v1::LogWorkItem& item);
  void Submit(const base::Call& call, const sa::v1::LogWorkItem& item);
  void Check(const base::Call& call, const sa::v1::LogWorkItem& item);
  Verdict Ask(const base::Call& call, const Promise& promise);
  // The certificate's own time is over: nobody needs logs for it any more.
  bool IsExpired(const sa::v1::LogWorkItem& item) const;
  void End(const base::Call& call, const sa::v1::FinishLogWorkRequest& finish, LogOutcome outcome,
           const absl::Status& why);
  void Audit(const base::Call& call, const std::string& serial, const Promise& promise,
             const Verdict& verdict);

  const Options& options_;
  const Peers peers_;
  WorkQueue& workers_;
  audit::Log& audit_;
  const base::Clock& clock_;
  Observer& observer_;
};

}  // namespace cairn::ra
