#include "services/ra/core/work_log_queue.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "libs/audit/event.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/ct/precertificate.h"
#include "libs/ct/sct.h"
#include "libs/errors/errors.h"
#include "libs/x509/certificate.h"
#include "services/ra/core/settled.h"

namespace cairn::ra {
namespace {

using errors::Make;
using errors::Reason;
using publisher::v1::CheckInclusionRequest;
using publisher::v1::CheckInclusionResponse;

// Longer than the lease of an issuance: a log may be slow, and nobody waits.
constexpr absl::Duration kLease = absl::Minutes(2);
constexpr size_t kBatch = 1000;  // the SA's limit
constexpr absl::Duration kShortestWait = absl::Minutes(1);
constexpr absl::Duration kLongestWait = absl::Hours(1);
// A log that gives no answer for so long won't give one.
constexpr absl::Duration kPatience = absl::Hours(24 * 7);

// As long again as it has been tried already: 1, 1, 2, 4 minutes, and so on.
absl::Duration WaitAfter(absl::Duration tried) {
  return std::clamp(tried, kShortestWait, kLongestWait);
}

struct Promises {
  std::vector<CheckInclusionRequest> requests;
  absl::Time latest = absl::InfinitePast();  // when the last one was made
};

absl::Status Add(const std::string& sct, CheckInclusionRequest::Entry entry,
                 const sa::v1::LogWorkItem& item, Promises& promises) {
  ASSIGN_OR_RETURN(const auto parsed, ct::SignedCertificateTimestamp::Parse(sct));
  promises.latest = std::max(promises.latest, parsed.time());
  CheckInclusionRequest& request = promises.requests.emplace_back();
  request.set_sct(sct);
  request.set_entry(entry);
  request.add_chain(item.certificate());
  if (item.chain_size() > 0) request.add_chain(item.chain(0));
  return absl::OkStatus();
}

// What logs have promised for the certificate: the SCTs in it, and the one that its
// own submission brought.
absl::StatusOr<Promises> PromisesOf(const sa::v1::LogWorkItem& item) {
  ASSIGN_OR_RETURN(const x509::Certificate certificate,
                   x509::Certificate::Parse(item.certificate()));
  ASSIGN_OR_RETURN(const auto embedded, ct::SctsOf(certificate.tbs_der()));
  Promises promises;
  for (const ct::SignedCertificateTimestamp& sct : embedded) {
    RETURN_IF_ERROR(Add(sct.Encode(), CheckInclusionRequest::ENTRY_PRECERTIFICATE, item, promises));
  }
  RETURN_IF_ERROR(Add(item.final_sct(), CheckInclusionRequest::ENTRY_CERTIFICATE, item, promises));
  return promises;
}

sa::v1::FinishLogWorkRequest EndOf(const sa::v1::LogWorkItem& item, sa::v1::LogWork next) {
  sa::v1::FinishLogWorkRequest finish;
  finish.set_serial(item.serial());
  finish.set_leased_until(item.leased_until());
  finish.set_next(next);
  return finish;
}

std::string Text(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

}  // namespace

WorkLogQueue::WorkLogQueue(const Options& options, Peers peers, WorkQueue& workers,
                           audit::Log& audit, const base::Clock& clock, Observer& observer)
    : options_(options),
      peers_(peers),
      workers_(workers),
      audit_(audit),
      clock_(clock),
      observer_(observer) {}

absl::Status WorkLogQueue::Run(const base::Call& call) {
  // Room first: what is leased and then not worked on would wait for a second lease.
  std::vector<WorkQueue::Slot> slots;
  while (slots.size() < kBatch) {
    absl::StatusOr<WorkQueue::Slot> slot = workers_.Reserve();
    if (!slot.ok()) break;
    slots.push_back(*std::move(slot));
  }
  if (slots.empty()) return absl::OkStatus();

  base::Call leased;
  leased.deadline = clock_.Now() + kLease * 0.9;
  leased.trace = call.trace;
  sa::v1::LeaseLogWorkRequest lease;
  lease.set_limit(static_cast<uint32_t>(slots.size()));
  lease.set_lease_seconds(absl::ToInt64Seconds(kLease));
  ASSIGN_OR_RETURN(sa::v1::LeaseLogWorkResponse work, peers_.queue.LeaseLogWork(call, lease));
  const int64_t oldest = work.oldest_unsubmitted_since();
  observer_.OldestUnsubmitted(oldest == 0 ? absl::ZeroDuration()
                                          : clock_.Now() - absl::FromUnixSeconds(oldest));
  for (sa::v1::LogWorkItem& item : *work.mutable_items()) {
    if (slots.empty()) break;
    std::move(slots.back()).Run([this, leased, item = std::move(item)] { Do(leased, item); });
    slots.pop_back();
  }
  return absl::OkStatus();
}

void WorkLogQueue::Do(const base::Call& call, const sa::v1::LogWorkItem& item) {
  if (call.Left(clock_) <= absl::ZeroDuration()) {
    observer_.LogWorkEnded(call, item.serial(), LogOutcome::kElsewhere,
                           Make(Reason::kDeadlineExceeded, "the lease ran out in the queue"));
    return;
  }
  if (item.work() == sa::v1::LOG_WORK_SUBMIT) {
    Submit(call, item);
  } else {
    Check(call, item);
  }
}

void WorkLogQueue::Submit(const base::Call& call, const sa::v1::LogWorkItem& item) {
  publisher::v1::SubmitCertificateRequest submit;
  submit.add_chain(item.certificate());
  submit.mutable_chain()->MergeFrom(item.chain());
  absl::StatusOr<publisher::v1::SubmitCertificateResponse> submitted =
      peers_.publisher.SubmitCertificate(call, submit);
  if (!submitted.ok()) {
    const bool hopeless = IsExpired(item);
    auto finish = EndOf(item, hopeless ? sa::v1::LOG_WORK_NONE : sa::v1::LOG_WORK_SUBMIT);
    if (!hopeless) {
      const absl::Time now = clock_.Now();
      finish.set_due_at(absl::ToUnixSeconds(
          now + WaitAfter(now - absl::FromUnixSeconds(item.unsubmitted_since()))));
    }
    finish.set_problem(Text(submitted.status()));
    End(call, finish, hopeless ? LogOutcome::kGivenUp : LogOutcome::kNotSubmitted,
        submitted.status());
    return;
  }
  const bool check = IsSampled(item.serial());
  auto finish = EndOf(item, check ? sa::v1::LOG_WORK_CHECK : sa::v1::LOG_WORK_NONE);
  if (check) finish.set_due_at(absl::ToUnixSeconds(clock_.Now() + options_.inclusion_delay));
  finish.set_final_sct(std::move(*submitted->mutable_sct()->mutable_encoded()));
  End(call, finish, LogOutcome::kSubmitted, absl::OkStatus());
}

void WorkLogQueue::Check(const base::Call& call, const sa::v1::LogWorkItem& item) {
  const absl::StatusOr<Promises> promises = PromisesOf(item);
  if (!promises.ok()) {
    auto finish = EndOf(item, sa::v1::LOG_WORK_NONE);
    finish.set_problem(Text(promises.status()));
    return End(call, finish, LogOutcome::kGivenUp, promises.status());
  }
  const absl::Duration tried = clock_.Now() - (promises->latest + options_.inclusion_delay);
  const bool patient = tried < kPatience;
  Verdict worst{LogOutcome::kIncluded, absl::OkStatus(), ""};
  for (const Promise& promise : promises->requests) {
    Verdict verdict = Ask(call, promise);
    if (verdict.outcome == LogOutcome::kNotYet && !patient) {
      verdict.outcome = LogOutcome::kBroken;
      if (verdict.why.ok()) verdict.why = Make(Reason::kIncorrectResponse, "not included for days");
    }
    if (verdict.outcome == LogOutcome::kBroken) Audit(call, item.serial(), promise, verdict);
    if (verdict.outcome == LogOutcome::kIncluded || worst.outcome == LogOutcome::kBroken) continue;
    if (verdict.outcome == LogOutcome::kBroken || worst.outcome == LogOutcome::kIncluded ||
        worst.why.ok()) {
      worst = std::move(verdict);
    }
  }
  const bool again = worst.outcome == LogOutcome::kNotYet;
  auto finish = EndOf(item, again ? sa::v1::LOG_WORK_CHECK : sa::v1::LOG_WORK_NONE);
  if (again) finish.set_due_at(absl::ToUnixSeconds(clock_.Now() + WaitAfter(tried)));
  if (!worst.why.ok()) finish.set_problem(base::Cat(worst.log, ": ", Text(worst.why)));
  End(call, finish, worst.outcome, worst.why);
}

WorkLogQueue::Verdict WorkLogQueue::Ask(const base::Call& call, const Promise& promise) {
  const absl::StatusOr<CheckInclusionResponse> checked =
      peers_.publisher.CheckInclusion(call, promise);
  if (!checked.ok()) {
    const Reason reason = errors::ReasonOf(checked.status());
    // A log that left the list, or an SCT that is none, stays so. All else may pass.
    const bool lasting = reason == Reason::kNotFound || reason == Reason::kMalformed;
    return {lasting ? LogOutcome::kBroken : LogOutcome::kNotYet, checked.status(), "a log"};
  }
  switch (checked->outcome()) {
    case CheckInclusionResponse::OUTCOME_INCLUDED:
      return {LogOutcome::kIncluded, absl::OkStatus(), checked->log()};
    case CheckInclusionResponse::OUTCOME_FAILED:
      return {LogOutcome::kBroken, Make(Reason::kIncorrectResponse, checked->detail()),
              checked->log()};
    default:
      return {LogOutcome::kNotYet, absl::OkStatus(), checked->log()};
  }
}

bool WorkLogQueue::IsSampled(const std::string& serial) const {
  const std::string hash = crypto::Sha256(serial);
  uint64_t drawn = 0;
  for (size_t i = 0; i < sizeof drawn; ++i) drawn = drawn << 8 | static_cast<uint8_t>(hash[i]);
  return drawn % options_.inclusion_share == 0;
}

bool WorkLogQueue::IsExpired(const sa::v1::LogWorkItem& item) const {
  const absl::StatusOr<x509::Certificate> certificate =
      x509::Certificate::Parse(item.certificate());
  return !certificate.ok() || certificate->tbs().not_after < clock_.Now();
}

void WorkLogQueue::End(const base::Call& call, const sa::v1::FinishLogWorkRequest& finish,
                       LogOutcome outcome, const absl::Status& why) {
  const absl::Status finished = peers_.queue.FinishLogWork(call, finish).status();
  if (finished.ok()) {
    observer_.LogWorkEnded(call, finish.serial(), outcome, why);
  } else if (IsSettledElsewhere(finished)) {
    observer_.LogWorkEnded(call, finish.serial(), LogOutcome::kElsewhere, absl::OkStatus());
  } else {
    // Done again when the lease has run out, which does no harm.
    observer_.BackgroundFailed(call, "finish_log_work", finished);
  }
}

void WorkLogQueue::Audit(const base::Call& call, const std::string& serial, const Promise& promise,
                         const Verdict& verdict) {
  audit::v1::Event event = audit::EventOf(call);
  audit::v1::LogPromiseBroken& broken = *event.mutable_log_promise_broken();
  broken.set_serial(serial);
  broken.set_log(verdict.log);
  broken.set_sct(promise.sct());
  broken.set_detail(Text(verdict.why));
  if (const absl::Status written = audit_.Write(event); !written.ok()) {
    observer_.BackgroundFailed(call, "audit", written);
  }
}

}  // namespace cairn::ra
