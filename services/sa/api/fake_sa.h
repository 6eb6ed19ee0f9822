#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/errors/errors.h"
#include "services/sa/api/account_reader.h"
#include "services/sa/api/account_writer.h"
#include "services/sa/api/log_queue.h"
#include "services/sa/api/log_watch.h"
#include "services/sa/api/order_reader.h"
#include "services/sa/api/order_writer.h"
#include "services/sa/core/order_state.h"

namespace cairn::sa {

// The SA in memory: behaves as the real one (services/sa/storage/contract_test.cc
// runs over both), and fails when told to. Thread-safe; never blocks.
class FakeSa final : public AccountReader,
                     public AccountWriter,
                     public OrderReader,
                     public OrderWriter,
                     public LogQueue,
                     public LogWatch {
 public:
  // Both references must outlive the fake.
  FakeSa(const base::Clock& clock, base::Random& random) : clock_(clock), random_(random) {}

  enum class Fault {
    kNotDone,
    kDoneButAnswerLost,
  };
  // The next call of `method` ("FinishIssuance") answers kUnavailable. Several
  // calls queue up.
  void FailNext(const std::string& method, Fault fault);
  // How often `method` was called.
  int calls(const std::string& method) const;
  // As an operator's block: the account is STATUS_REVOKED from now on.
  void RevokeAccount(const std::string& account_id);
  // How many serials are stored, with or without an order.
  int serials() const;
  // Of how many of them the certificate is, not just the precertificate.
  int certificates() const;
  // What became of the work with logs of this serial.
  struct LogState {
    std::optional<int64_t> due_at;
    std::optional<int64_t> unsubmitted_since;
    std::string final_sct;
    std::string problem;
  };
  LogState log_state(const std::string& serial) const;

  absl::StatusOr<v1::GetAccountResponse> GetAccount(const base::Call& call,
                                                    const v1::GetAccountRequest& request) override;

  absl::StatusOr<v1::CreateAccountResponse> CreateAccount(
      const base::Call& call, const v1::CreateAccountRequest& request) override;
  absl::StatusOr<v1::FindAccountResponse> FindAccount(
      const base::Call& call, const v1::FindAccountRequest& request) override;
  absl::StatusOr<v1::UpdateAccountResponse> UpdateAccount(
      const base::Call& call, const v1::UpdateAccountRequest& request) override;

  absl::StatusOr<v1::GetOrderResponse> GetOrder(const base::Call& call,
                                                const v1::GetOrderRequest& request) override;
  absl::StatusOr<v1::GetAuthorizationResponse> GetAuthorization(
      const base::Call& call, const v1::GetAuthorizationRequest& request) override;
  absl::StatusOr<v1::GetCertificateResponse> GetCertificate(
      const base::Call& call, const v1::GetCertificateRequest& request) override;

  absl::StatusOr<v1::CreateOrderResponse> CreateOrder(
      const base::Call& call, const v1::CreateOrderRequest& request) override;
  absl::StatusOr<v1::BeginValidationResponse> BeginValidation(
      const base::Call& call, const v1::BeginValidationRequest& request) override;
  absl::StatusOr<v1::FinishValidationResponse> FinishValidation(
      const base::Call& call, const v1::FinishValidationRequest& request) override;
  absl::StatusOr<v1::GetIssuanceResponse> GetIssuance(
      const base::Call& call, const v1::GetIssuanceRequest& request) override;
  absl::StatusOr<v1::BeginIssuanceResponse> BeginIssuance(
      const base::Call& call, const v1::BeginIssuanceRequest& request) override;
  absl::StatusOr<v1::AddReceiptsResponse> AddReceipts(
      const base::Call& call, const v1::AddReceiptsRequest& request) override;
  absl::StatusOr<v1::StorePrecertificateResponse> StorePrecertificate(
      const base::Call& call, const v1::StorePrecertificateRequest& request) override;
  absl::StatusOr<v1::KeepSctsResponse> KeepScts(const base::Call& call,
                                                const v1::KeepSctsRequest& request) override;
  absl::StatusOr<v1::FinishIssuanceResponse> FinishIssuance(
      const base::Call& call, const v1::FinishIssuanceRequest& request) override;
  absl::StatusOr<v1::FailIssuanceResponse> FailIssuance(
      const base::Call& call, const v1::FailIssuanceRequest& request) override;
  absl::StatusOr<v1::LeaseExpiredWorkResponse> LeaseExpiredWork(
      const base::Call& call, const v1::LeaseExpiredWorkRequest& request) override;
  absl::StatusOr<v1::ReconcileSerialsResponse> ReconcileSerials(
      const base::Call& call, const v1::ReconcileSerialsRequest& request) override;

  absl::StatusOr<v1::LeaseLogWorkResponse> LeaseLogWork(
      const base::Call& call, const v1::LeaseLogWorkRequest& request) override;
  absl::StatusOr<v1::FinishLogWorkResponse> FinishLogWork(
      const base::Call& call, const v1::FinishLogWorkRequest& request) override;

  absl::StatusOr<v1::GetLogPositionsResponse> GetLogPositions(
      const base::Call& call, const v1::GetLogPositionsRequest& request) override;
  absl::StatusOr<v1::MoveLogPositionResponse> MoveLogPosition(
      const base::Call& call, const v1::MoveLogPositionRequest& request) override;
  absl::StatusOr<v1::FindSerialsResponse> FindSerials(
      const base::Call& call, const v1::FindSerialsRequest& request) override;

 private:
  using AuthorizationId = std::pair<uint64_t, uint32_t>;
  struct StoredAuthorization {
    core::v1::Authorization record;  // its status is the stored one
    evidence::v1::Attempt attempt;
    std::optional<int64_t> lease_until;
  };
  struct StoredOrder {
    core::v1::Order record;  // without status and authorizations
    OrderState state = OrderState::kOpen;
    std::vector<AuthorizationId> authorizations;
    std::string finalize_jws;
    int64_t began_at = 0;
    std::optional<int64_t> lease_until;
    std::vector<evidence::v1::Attempt> added;
  };
  struct StoredCertificate {
    std::string issuance_id;
    std::string account_id;
    std::string precertificate;
    std::vector<std::string> scts;  // until the certificate is there
    std::string certificate;
    std::vector<std::string> chain;
    LogState log;
  };

  // Runs `body` under the lock, with the fault that is due.
  template <typename Response, typename Body>
  absl::StatusOr<Response> Run(const std::string& method, Body body) {
    std::lock_guard lock(mutex_);
    const std::optional<Fault> fault = Begin(method);
    const absl::Status lost =
        errors::Make(errors::Reason::kUnavailable, "the SA is away", absl::Seconds(1));
    if (fault == Fault::kNotDone) return lost;
    absl::StatusOr<Response> response = body();
    if (fault == Fault::kDoneButAnswerLost) return lost;
    return response;
  }
  std::optional<Fault> Begin(const std::string& method);
  int64_t Now() const;
  core::v1::Account* AccountById(const std::string& account_id);
  absl::Status CheckRef(const core::v1::AccountRef& ref);
  absl::StatusOr<StoredOrder*> OrderOf(const core::v1::AccountRef& ref, uint64_t order_id);
  absl::StatusOr<StoredAuthorization*> AuthorizationOf(const core::v1::AccountRef& ref,
                                                       uint64_t order_id, uint32_t position);
  core::v1::Authorization Shown(const StoredAuthorization& stored) const;
  core::v1::Order Shown(const StoredOrder& stored) const;
  v1::GetIssuanceResponse IssuanceOf(const StoredOrder& order) const;
  // Whether serial and issuance are free, or belong to each other.
  bool Fit(const std::string& serial, const std::string& issuance_id) const;
  // False if it is stored already, or does not fit.
  bool StoreFound(const v1::JournaledSerial& serial);

  const base::Clock& clock_;
  base::Random& random_;
  mutable std::mutex mutex_;
  std::multimap<std::string, Fault> faults_;
  std::map<std::string, int> calls_;
  std::map<std::string, core::v1::Account> accounts_;
  std::map<uint64_t, StoredOrder> orders_;
  std::map<AuthorizationId, StoredAuthorization> authorizations_;
  std::map<std::string, StoredCertificate> certificates_;  // by serial
  std::map<std::string, uint64_t> cursors_;                // by signer
  std::map<std::string, uint64_t> log_positions_;          // by log id
};

}  // namespace cairn::sa
