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
#include "libs/x509/test_certificates.h"
#include "services/ca/api/journal.h"
#include "services/ca/api/signer.h"
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
#include "services/ra/core/work_queue.h"
#include "services/ra/options.h"
#include "services/sa/api/fake_sa.h"
#include "services/va/api/fake_validation.h"

// The RA's use cases over the fakes of its peers, for their tests.
namespace cairn::ra::testing {

// A signer that verifies nothing but keeps its promises to the RA: one
// certificate for one issuance id, and a journal that tells of each. Thread-safe.
class SignerDouble final : public ca::Signer, public ca::Journal {
 public:
  explicit SignerDouble(const base::Clock& clock);

  absl::StatusOr<ca::v1::SignPrecertificateResponse> SignPrecertificate(
      const base::Call& call, const ca::v1::SignPrecertificateRequest& request) override;
  absl::StatusOr<ca::v1::SignCertificateResponse> SignCertificate(
      const base::Call& call, const ca::v1::SignCertificateRequest& request) override;
  absl::StatusOr<ca::v1::ReadJournalResponse> ReadJournal(
      const base::Call& call, const ca::v1::ReadJournalRequest& request) override;

  // The next SignCertificate answers `status`; with `but_done` after it has signed.
  void FailNext(absl::Status status, bool but_done = false);
  // All of them, until told otherwise.
  void SetAway(bool away);
  // As after a restore from an old disk.
  void ForgetJournal();

  int signatures() const;
  std::vector<std::string> serials() const;
  std::optional<ca::v1::SignCertificateRequest> last_request() const;

 private:
  struct Fault {
    absl::Status status;
    bool but_done;
  };
  ca::v1::SignCertificateResponse Sign(const ca::v1::SignCertificateRequest& request);

  const base::Clock& clock_;
  base::SystemRandom random_;
  const cairn::testing::TestIssuer issuer_;
  const crypto::PrivateKey subscriber_;
  mutable std::mutex mutex_;
  bool away_ = false;
  std::vector<Fault> faults_;
  std::map<std::string, ca::v1::SignCertificateResponse> signed_;  // by issuance id
  std::vector<ca::v1::JournalEntry> journal_;
  std::optional<ca::v1::SignCertificateRequest> last_request_;
};

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
  std::vector<std::string> failures_;
};

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

  // Waits until both queues are empty.
  void Drain();
  // What the background threads do, after all leases have run out.
  void Recover();
  absl::Status Reconcile();

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
  SignerDouble signer;
  audit::FakeLog audit;
  RecordingObserver observer;
  FakePause pause;
  const crypto::PrivateKey account_key;
  const crypto::PrivateKey key;  // of certificates
  const base::Call call;

  base::WorkerPool validation_pool;
  base::WorkerPool issuance_pool;
  WorkQueue validations;
  WorkQueue issuances;
  Validate validate;
  IssueCertificate issue;
  NewAccount new_account;
  UpdateAccount update_account;
  NewOrder new_order;
  StartValidation start_validation;
  FinalizeOrder finalize_order;
  RecoverWork recover_work;
  ReconcileJournal reconcile_journal;
};

}  // namespace cairn::ra::testing
