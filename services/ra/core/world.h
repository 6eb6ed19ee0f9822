#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/audit/fake_log.h"
#include "libs/base/random.h"
#include "libs/base/worker_pool.h"
#include "libs/crypto/private_key.h"
#include "libs/testing/fake_clock.h"
#include "services/ca/api/fake_signer.h"
#include "services/publisher/api/fake_publisher.h"
#include "services/ra/core/finalize_order.h"
#include "services/ra/core/issue_certificate.h"
#include "services/ra/core/new_account.h"
#include "services/ra/core/new_order.h"
#include "services/ra/core/observer.h"
#include "services/ra/core/reconcile_journal.h"
#include "services/ra/core/recover_work.h"
#include "services/ra/core/retry.h"
#include "services/ra/core/start_validation.h"
#include "services/ra/core/update_account.h"
#include "services/ra/core/validate.h"
#include "services/ra/core/watch_logs.h"
#include "services/ra/core/work_log_queue.h"
#include "services/ra/core/work_queue.h"
#include "services/ra/options.h"
#include "services/sa/api/fake_sa.h"
#include "services/va/api/fake_validation.h"

// The RA's use cases over the fakes of its peers, for their tests.
namespace cairn::ra::testing {

// Lets time pass instead of waiting. Thread-safe.
class FakePause final : public Pause {
 public:
  explicit FakePause(cairn::testing::FakeClock& clock) : clock_(clock) {}

  bool For(absl::Duration duration) override {
    if (stopped_) return false;
    ++pauses_;
    clock_.Advance(duration);
    return true;
  }
  int pauses() const { return pauses_; }
  // As when the process ends: nobody tries again.
  void SetStopped(bool stopped) { stopped_ = stopped; }

 private:
  cairn::testing::FakeClock& clock_;
  std::atomic<int> pauses_ = 0;
  std::atomic<bool> stopped_ = false;
};

// Counts what it sees. Thread-safe.
class RecordingObserver final : public Observer {
 public:
  void ValidationEnded(const base::Call&, uint64_t, uint32_t, ValidationOutcome outcome,
                       const absl::Status&) override {
    std::lock_guard lock(mutex_);
    ++validations_[outcome];
  }
  void IssuanceEnded(const base::Call&, uint64_t, IssuanceOutcome outcome,
                     const absl::Status&) override {
    std::lock_guard lock(mutex_);
    ++issuances_[outcome];
  }
  void SctsRefused(const base::Call&, uint64_t, const absl::Status&) override {
    std::lock_guard lock(mutex_);
    ++scts_refused_;
  }
  void LogWorkEnded(const base::Call&, std::string_view, LogOutcome outcome,
                    const absl::Status&) override {
    std::lock_guard lock(mutex_);
    ++log_work_[outcome];
  }
  void OldestUnsubmitted(absl::Duration age) override {
    std::lock_guard lock(mutex_);
    oldest_unsubmitted_ = age;
  }
  void LogRead(std::string_view log, uint64_t entries, uint64_t behind, absl::Time) override {
    std::lock_guard lock(mutex_);
    entries_read_ += entries;
    behind_[std::string(log)] = behind;
  }
  void LogEntryUnexplained(const base::Call&, std::string_view, uint64_t, std::string_view,
                           std::string_view why) override {
    std::lock_guard lock(mutex_);
    unexplained_.emplace_back(why);
  }
  void WorkRecovered(Recovered what) override {
    std::lock_guard lock(mutex_);
    ++recovered_[what];
  }
  void BackgroundFailed(const base::Call&, std::string_view what, const absl::Status&) override {
    std::lock_guard lock(mutex_);
    failures_.emplace_back(what);
  }

  int count(ValidationOutcome outcome) { return Get(validations_, outcome); }
  int count(IssuanceOutcome outcome) { return Get(issuances_, outcome); }
  int count(Recovered what) { return Get(recovered_, what); }
  int count(LogOutcome outcome) { return Get(log_work_, outcome); }
  int scts_refused() {
    std::lock_guard lock(mutex_);
    return scts_refused_;
  }
  absl::Duration oldest_unsubmitted() {
    std::lock_guard lock(mutex_);
    return oldest_unsubmitted_;
  }
  uint64_t entries_read() {
    std::lock_guard lock(mutex_);
    return entries_read_;
  }
  uint64_t behind(const std::string& log) {
    std::lock_guard lock(mutex_);
    return behind_[log];
  }
  // Why, of each.
  std::vector<std::string> unexplained() {
    std::lock_guard lock(mutex_);
    return unexplained_;
  }
  std::vector<std::string> failures() {
    std::lock_guard lock(mutex_);
    return failures_;
  }

 private:
  template <typename Key>
  int Get(std::map<Key, int>& counts, Key key) {
    std::lock_guard lock(mutex_);
    return counts[key];
  }

  std::mutex mutex_;
  std::map<ValidationOutcome, int> validations_;
  std::map<IssuanceOutcome, int> issuances_;
  std::map<Recovered, int> recovered_;
  std::map<LogOutcome, int> log_work_;
  int scts_refused_ = 0;
  absl::Duration oldest_unsubmitted_;
  uint64_t entries_read_ = 0;
  std::map<std::string, uint64_t> behind_;
  std::vector<std::string> unexplained_;
  std::vector<std::string> failures_;
};

// A change of the configuration, for World: a publisher, and so CT.
void WithCt(config::Ra& config);

class World {
 public:
  // 2026-11-23, with the configuration's defaults but for what `change` sets.
  explicit World(void (*change)(config::Ra&) = nullptr);

  // An account of the key `account_key`.
  core::v1::AccountRef Account();
  // A new order of `account`.
  core::v1::Order Order(const core::v1::AccountRef& account, const std::vector<std::string>& names);
  absl::StatusOr<v1::NewOrderResponse> TryOrder(const core::v1::AccountRef& account,
                                                const std::vector<std::string>& names,
                                                const std::string& profile = "");
  absl::StatusOr<v1::StartValidationResponse> Challenge(const core::v1::AccountRef& account,
                                                        uint64_t order_id, uint32_t position);
  // An order whose names have been validated.
  core::v1::Order ReadyOrder(const core::v1::AccountRef& account,
                             const std::vector<std::string>& names);
  // A finalize request as a WFE passes it on, with a CSR of `key` for `names`.
  v1::FinalizeOrderRequest Finalize(const core::v1::AccountRef& account, uint64_t order_id,
                                    const std::vector<std::string>& names);
  v1::FinalizeOrderRequest FinalizeWith(const core::v1::AccountRef& account, uint64_t order_id,
                                        const std::string& csr);
  // The order as the SA knows it.
  core::v1::Order Read(const core::v1::AccountRef& account, uint64_t order_id);

  // Waits until all queues are empty.
  void Drain();
  // What the background threads do, after all leases have run out.
  void Recover();
  absl::Status Reconcile();
  // Does what is due with logs now.
  void WorkLogs();

  // The next call of the signer that makes certificates, with or without CT.
  void FailSigner(absl::Status status,
                  ca::FakeSigner::Fault fault = ca::FakeSigner::Fault::kNotDone) {
    signer.FailNext(ca::FakeSigner::Method::kSignCertificate, fault, std::move(status));
  }

  template <typename Predicate>
  int CountEvents(Predicate predicate) const {
    int count = 0;
    for (const audit::v1::Event& event : audit.events()) count += predicate(event) ? 1 : 0;
    return count;
  }

  cairn::testing::FakeClock clock;
  base::SystemRandom random;
  const Options options;
  sa::FakeSa sa;
  va::FakeValidation va;
  ca::FakeSigner signer;
  publisher::FakePublisher publisher;
  audit::FakeLog audit;
  RecordingObserver observer;
  FakePause pause;
  const crypto::PrivateKey account_key;
  const crypto::PrivateKey key;  // of certificates
  const base::Call call;

  base::WorkerPool validation_pool;
  base::WorkerPool issuance_pool;
  base::WorkerPool log_pool;
  base::WorkerPool reading_pool;
  WorkQueue validations;
  WorkQueue issuances;
  WorkQueue log_workers;
  WorkQueue log_readers;
  Validate validate;
  IssueCertificate issue;
  NewAccount new_account;
  UpdateAccount update_account;
  NewOrder new_order;
  StartValidation start_validation;
  FinalizeOrder finalize_order;
  RecoverWork recover_work;
  ReconcileJournal reconcile_journal;
  WorkLogQueue work_log_queue;
  WatchLogs watch_logs;
};

}  // namespace cairn::ra::testing
