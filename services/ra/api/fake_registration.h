#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "protos/core/v1/core.pb.h"
#include "services/ra/api/registration.h"
#include "services/sa/api/account_reader.h"
#include "services/sa/api/order_reader.h"

namespace cairn::ra {

// The RA in memory, for tests of those who call it. It is also what the SA would
// let them read, so that a test of the WFE has one world: what Registration
// changes, AccountReader and OrderReader show. Thread-safe.
//
// Nothing happens by itself: a validation goes on when the test calls
// FinishValidation, an issuance when it calls FinishIssuance or FailIssuance.
// Names are taken as they come; only the states of RFC 8555 section 7.1.6 and
// the ownership of objects are kept.
class FakeRegistration final : public Registration,
                               public sa::AccountReader,
                               public sa::OrderReader {
 public:
  // `terms_url`: as in the RA's configuration; "" asks nobody to agree.
  explicit FakeRegistration(const base::Clock& clock, std::string terms_url = "");

  absl::StatusOr<v1::NewAccountResponse> NewAccount(const base::Call& call,
                                                    const v1::NewAccountRequest& request) override;
  absl::StatusOr<v1::UpdateAccountResponse> UpdateAccount(
      const base::Call& call, const v1::UpdateAccountRequest& request) override;
  absl::StatusOr<v1::NewOrderResponse> NewOrder(const base::Call& call,
                                                const v1::NewOrderRequest& request) override;
  absl::StatusOr<v1::StartValidationResponse> StartValidation(
      const base::Call& call, const v1::StartValidationRequest& request) override;
  absl::StatusOr<v1::FinalizeOrderResponse> FinalizeOrder(
      const base::Call& call, const v1::FinalizeOrderRequest& request) override;

  absl::StatusOr<sa::v1::GetAccountResponse> GetAccount(
      const base::Call& call, const sa::v1::GetAccountRequest& request) override;
  absl::StatusOr<sa::v1::GetOrderResponse> GetOrder(
      const base::Call& call, const sa::v1::GetOrderRequest& request) override;
  absl::StatusOr<sa::v1::GetAuthorizationResponse> GetAuthorization(
      const base::Call& call, const sa::v1::GetAuthorizationRequest& request) override;
  absl::StatusOr<sa::v1::GetCertificateResponse> GetCertificate(
      const base::Call& call, const sa::v1::GetCertificateRequest& request) override;

  // Ends the validation of an authorization that is pending or processing: with a
  // problem it becomes invalid. True if there was one.
  bool FinishValidation(uint64_t order_id, uint32_t position,
                        std::optional<core::v1::Problem> problem = std::nullopt);
  // The order, from processing to valid.
  bool FinishIssuance(uint64_t order_id, std::string serial, std::string certificate,
                      std::vector<std::string> chain);
  // The order, from processing to invalid.
  bool FailIssuance(uint64_t order_id, core::v1::Problem problem);

  // What happens while the next StartValidation or FinalizeOrder is waited for, if its
  // caller would: the answer shows what came of it.
  void WhileWaited(std::function<void()> happens);

  // The next call of `method` ("NewOrder", "GetOrder", ...) returns `status`. What
  // it asked for is not done, or with `but_done` is done all the same: the answer
  // got lost. Several wait in line.
  void FailNext(std::string_view method, absl::Status status, bool but_done = false);

  // How often a method was called, failed calls included.
  int calls(std::string_view method) const;
  // What was last passed to FinalizeOrder.
  std::optional<v1::FinalizeOrderRequest> last_finalize() const;

 private:
  struct Fault {
    absl::Status status;
    bool but_done = false;
  };
  struct StoredOrder {
    core::v1::Order order;
    std::string certificate;
    std::vector<std::string> chain;
  };

  // Lets happen what does while a call is waited for. True if anything did.
  bool Wait(uint32_t milliseconds);
  // Counts the call. A fault that is due.
  std::optional<Fault> Enter(std::string_view method);
  template <typename Response, typename F>
  absl::StatusOr<Response> Serve(std::string_view method, F f);
  absl::Status CheckAccount(const core::v1::AccountRef& account) const;
  absl::StatusOr<StoredOrder*> FindOrder(const core::v1::AccountRef& account, uint64_t order_id);
  absl::StatusOr<core::v1::Authorization*> FindAuthorization(const core::v1::AccountRef& account,
                                                             uint64_t order_id, uint32_t position);
  static void Derive(core::v1::Order& order);

  const base::Clock& clock_;
  const std::string terms_url_;
  mutable std::mutex mutex_;
  std::map<std::string, core::v1::Account> accounts_;  // by account id
  std::map<uint64_t, StoredOrder> orders_;
  std::map<std::string, std::deque<Fault>, std::less<>> faults_;
  std::map<std::string, int, std::less<>> calls_;
  std::optional<v1::FinalizeOrderRequest> last_finalize_;
  std::function<void()> while_waited_;
};

}  // namespace cairn::ra
