#include "services/sa/api/fake_sa.h"

#include <absl/time/time.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "services/sa/core/requests.h"

namespace cairn::sa {
namespace {

using core::v1::Account;
using core::v1::Authorization;
using errors::Reason;

absl::Status NotFound(std::string_view what) { return errors::Make(Reason::kNotFound, what); }

absl::Status Foreign() {
  return errors::Make(Reason::kUnauthorized, "this belongs to another account");
}

}  // namespace

std::optional<FakeSa::Fault> FakeSa::Begin(const std::string& method) {
  ++calls_[method];
  const auto due = faults_.find(method);
  if (due == faults_.end()) return std::nullopt;
  const Fault fault = due->second;
  faults_.erase(due);
  return fault;
}

void FakeSa::FailNext(const std::string& method, Fault fault) {
  std::lock_guard lock(mutex_);
  faults_.emplace(method, fault);
}

int FakeSa::calls(const std::string& method) const {
  std::lock_guard lock(mutex_);
  const auto found = calls_.find(method);
  return found == calls_.end() ? 0 : found->second;
}

void FakeSa::RevokeAccount(const std::string& account_id) {
  std::lock_guard lock(mutex_);
  accounts_.at(account_id).set_status(Account::STATUS_REVOKED);
}

int64_t FakeSa::Now() const { return absl::ToUnixSeconds(clock_.Now()); }

Account* FakeSa::AccountById(const std::string& account_id) {
  const auto found = accounts_.find(account_id);
  return found == accounts_.end() ? nullptr : &found->second;
}

absl::Status FakeSa::CheckRef(const core::v1::AccountRef& ref) {
  RETURN_IF_ERROR(Check(ref));
  return CheckAccount(AccountById(ref.account_id()), ref);
}

absl::StatusOr<FakeSa::StoredOrder*> FakeSa::OrderOf(const core::v1::AccountRef& ref,
                                                     uint64_t order_id) {
  RETURN_IF_ERROR(CheckRef(ref));
  const auto found = orders_.find(order_id);
  if (found == orders_.end()) return NotFound("no such order");
  if (found->second.record.account_id() != ref.account_id()) return Foreign();
  return &found->second;
}

absl::StatusOr<FakeSa::StoredAuthorization*> FakeSa::AuthorizationOf(
    const core::v1::AccountRef& ref, uint64_t order_id, uint32_t position) {
  RETURN_IF_ERROR(CheckRef(ref));
  const auto found = authorizations_.find({order_id, position});
  if (found == authorizations_.end()) return NotFound("no such authorization");
  if (found->second.record.account_id() != ref.account_id()) return Foreign();
  return &found->second;
}

Authorization FakeSa::Shown(const StoredAuthorization& stored) const {
  Authorization authorization = stored.record;
  authorization.set_status(StatusNow(authorization.status(), authorization.expires_at(), Now()));
  return authorization;
}

core::v1::Order FakeSa::Shown(const StoredOrder& stored) const {
  core::v1::Order order = stored.record;
  for (const AuthorizationId& id : stored.authorizations) {
    *order.add_authorizations() = Shown(authorizations_.at(id));
  }
  DeriveStatus(stored.state, Now(), order);
  return order;
}

absl::StatusOr<v1::GetAccountResponse> FakeSa::GetAccount(const base::Call&,
                                                          const v1::GetAccountRequest& request) {
  return Run<v1::GetAccountResponse>("GetAccount", [&]() -> absl::StatusOr<v1::GetAccountResponse> {
    const Account* account = AccountById(request.account_id());
    if (account == nullptr) {
      return errors::Make(Reason::kAccountDoesNotExist, "no such account");
    }
    v1::GetAccountResponse response;
    *response.mutable_account() = *account;
    return response;
  });
}

absl::StatusOr<v1::FindAccountResponse> FakeSa::FindAccount(const base::Call&,
                                                            const v1::FindAccountRequest& request) {
  return Run<v1::FindAccountResponse>(
      "FindAccount", [&]() -> absl::StatusOr<v1::FindAccountResponse> {
        for (const auto& [id, account] : accounts_) {
          if (account.thumbprint() != request.thumbprint()) continue;
          v1::FindAccountResponse response;
          *response.mutable_account() = account;
          return response;
        }
        return errors::Make(Reason::kAccountDoesNotExist, "no account has this key");
      });
}

absl::StatusOr<v1::CreateAccountResponse> FakeSa::CreateAccount(
    const base::Call&, const v1::CreateAccountRequest& request) {
  return Run<v1::CreateAccountResponse>(
      "CreateAccount", [&]() -> absl::StatusOr<v1::CreateAccountResponse> {
        RETURN_IF_ERROR(Check(request));
        v1::CreateAccountResponse response;
        for (const auto& [id, account] : accounts_) {
          if (account.thumbprint() != request.account().thumbprint()) continue;
          *response.mutable_account() = account;
          return response;
        }
        Account account = request.account();
        account.set_status(Account::STATUS_VALID);
        account.set_created_at(Now());
        accounts_[account.account_id()] = account;
        *response.mutable_account() = account;
        response.set_created(true);
        return response;
      });
}

absl::StatusOr<v1::UpdateAccountResponse> FakeSa::UpdateAccount(
    const base::Call&, const v1::UpdateAccountRequest& request) {
  return Run<v1::UpdateAccountResponse>(
      "UpdateAccount", [&]() -> absl::StatusOr<v1::UpdateAccountResponse> {
        RETURN_IF_ERROR(Check(request));
        RETURN_IF_ERROR(CheckRef(request.account()));
        Account& account = *AccountById(request.account().account_id());
        if (request.set_contact()) *account.mutable_contact() = request.contact();
        if (request.deactivate()) account.set_status(Account::STATUS_DEACTIVATED);
        v1::UpdateAccountResponse response;
        *response.mutable_account() = account;
        return response;
      });
}

absl::StatusOr<v1::GetOrderResponse> FakeSa::GetOrder(const base::Call&,
                                                      const v1::GetOrderRequest& request) {
  return Run<v1::GetOrderResponse>("GetOrder", [&]() -> absl::StatusOr<v1::GetOrderResponse> {
    ASSIGN_OR_RETURN(const StoredOrder* order, OrderOf(request.account(), request.order_id()));
    v1::GetOrderResponse response;
    *response.mutable_order() = Shown(*order);
    if (order->state == OrderState::kValid) {
      const StoredCertificate& certificate = certificates_.at(order->record.serial());
      response.set_certificate(certificate.certificate);
      for (const std::string& der : certificate.chain) response.add_chain(der);
    }
    return response;
  });
}

absl::StatusOr<v1::GetAuthorizationResponse> FakeSa::GetAuthorization(
    const base::Call&, const v1::GetAuthorizationRequest& request) {
  return Run<v1::GetAuthorizationResponse>(
      "GetAuthorization", [&]() -> absl::StatusOr<v1::GetAuthorizationResponse> {
        ASSIGN_OR_RETURN(
            const StoredAuthorization* authorization,
            AuthorizationOf(request.account(), request.order_id(), request.position()));
        v1::GetAuthorizationResponse response;
        *response.mutable_authorization() = Shown(*authorization);
        return response;
      });
}

absl::StatusOr<v1::CreateOrderResponse> FakeSa::CreateOrder(const base::Call&,
                                                            const v1::CreateOrderRequest& request) {
  return Run<v1::CreateOrderResponse>(
      "CreateOrder", [&]() -> absl::StatusOr<v1::CreateOrderResponse> {
        RETURN_IF_ERROR(Check(request));
        RETURN_IF_ERROR(CheckRef(request.account()));
        uint64_t order_id = NewOrderId(clock_, random_);
        while (orders_.contains(order_id)) order_id = NewOrderId(clock_, random_);
        StoredOrder order;
        order.record.set_order_id(order_id);
        order.record.set_account_id(request.account().account_id());
        order.record.set_created_at(Now());
        order.record.set_expires_at(request.expires_at());
        order.record.set_profile(request.profile());
        for (int i = 0; i < request.authorizations_size(); ++i) {
          const v1::NewAuthorization& wanted = request.authorizations(i);
          const StoredAuthorization* reused = nullptr;
          for (const auto& [id, candidate] : authorizations_) {
            const Authorization& record = candidate.record;
            if (request.reuse_if_valid_until() > 0 &&
                record.account_id() == request.account().account_id() &&
                record.status() == Authorization::STATUS_VALID &&
                record.expires_at() >= request.reuse_if_valid_until() &&
                record.identifier().type() == wanted.identifier().type() &&
                record.identifier().value() == wanted.identifier().value() &&
                record.wildcard() == wanted.wildcard() &&
                (reused == nullptr || record.expires_at() > reused->record.expires_at())) {
              reused = &candidate;
            }
          }
          if (reused != nullptr) {
            order.authorizations.emplace_back(reused->record.order_id(), reused->record.position());
            continue;
          }
          StoredAuthorization authorization;
          authorization.record.set_order_id(order_id);
          authorization.record.set_position(static_cast<uint32_t>(i));
          authorization.record.set_account_id(request.account().account_id());
          *authorization.record.mutable_identifier() = wanted.identifier();
          authorization.record.set_wildcard(wanted.wildcard());
          authorization.record.set_status(Authorization::STATUS_PENDING);
          authorization.record.set_token(wanted.token());
          *authorization.record.mutable_offered() = wanted.offered();
          authorization.record.set_expires_at(request.authorization_expires_at());
          authorizations_[{order_id, static_cast<uint32_t>(i)}] = authorization;
          order.authorizations.emplace_back(order_id, static_cast<uint32_t>(i));
        }
        v1::CreateOrderResponse response;
        *response.mutable_order() = Shown(orders_[order_id] = order);
        return response;
      });
}

absl::StatusOr<v1::BeginValidationResponse> FakeSa::BeginValidation(
    const base::Call&, const v1::BeginValidationRequest& request) {
  return Run<v1::BeginValidationResponse>(
      "BeginValidation", [&]() -> absl::StatusOr<v1::BeginValidationResponse> {
        RETURN_IF_ERROR(Check(request));
        ASSIGN_OR_RETURN(
            StoredAuthorization * stored,
            AuthorizationOf(request.account(), request.order_id(), request.position()));
        v1::BeginValidationResponse response;
        const auto& offered = stored->record.offered();
        if (Shown(*stored).status() == Authorization::STATUS_PENDING &&
            std::find(offered.begin(), offered.end(), request.method()) != offered.end()) {
          stored->record.set_status(Authorization::STATUS_PROCESSING);
          stored->record.set_method(request.method());
          stored->lease_until = Now() + request.lease_seconds();
          response.set_leased(true);
        }
        *response.mutable_authorization() = Shown(*stored);
        return response;
      });
}

absl::StatusOr<v1::FinishValidationResponse> FakeSa::FinishValidation(
    const base::Call&, const v1::FinishValidationRequest& request) {
  return Run<v1::FinishValidationResponse>(
      "FinishValidation", [&]() -> absl::StatusOr<v1::FinishValidationResponse> {
        RETURN_IF_ERROR(Check(request));
        const auto found = authorizations_.find({request.order_id(), request.position()});
        if (found == authorizations_.end()) return NotFound("no such authorization");
        StoredAuthorization& stored = found->second;
        const auto outcome =
            request.valid() ? Authorization::STATUS_VALID : Authorization::STATUS_INVALID;
        if (stored.record.status() != Authorization::STATUS_PROCESSING) {
          if (stored.record.status() == outcome &&
              stored.attempt.SerializeAsString() == request.attempt().SerializeAsString()) {
            return v1::FinishValidationResponse();
          }
          return errors::Make(Reason::kConflict, "this validation is not under way");
        }
        stored.record.set_status(outcome);
        stored.attempt = request.attempt();
        stored.lease_until.reset();
        if (request.valid()) {
          stored.record.set_validated_at(request.validated_at());
          stored.record.set_expires_at(request.expires_at());
        } else {
          *stored.record.mutable_problem() = request.problem();
        }
        return v1::FinishValidationResponse();
      });
}

absl::StatusOr<v1::GetIssuanceResponse> FakeSa::GetIssuance(const base::Call&,
                                                            const v1::GetIssuanceRequest& request) {
  return Run<v1::GetIssuanceResponse>("GetIssuance",
                                      [&]() -> absl::StatusOr<v1::GetIssuanceResponse> {
                                        const auto found = orders_.find(request.order_id());
                                        if (found == orders_.end())
                                          return NotFound("no such order");
                                        return IssuanceOf(found->second);
                                      });
}

v1::GetIssuanceResponse FakeSa::IssuanceOf(const StoredOrder& order) const {
  v1::GetIssuanceResponse issuance;
  *issuance.mutable_order() = Shown(order);
  issuance.set_finalize_jws(order.finalize_jws);
  *issuance.mutable_account() = accounts_.at(order.record.account_id());
  for (const AuthorizationId& id : order.authorizations) {
    *issuance.add_attempts() = authorizations_.at(id).attempt;
  }
  for (const auto& attempt : order.added) *issuance.add_attempts() = attempt;
  issuance.set_issuance_began_at(order.began_at);
  return issuance;
}

absl::StatusOr<v1::BeginIssuanceResponse> FakeSa::BeginIssuance(
    const base::Call&, const v1::BeginIssuanceRequest& request) {
  return Run<v1::BeginIssuanceResponse>(
      "BeginIssuance", [&]() -> absl::StatusOr<v1::BeginIssuanceResponse> {
        RETURN_IF_ERROR(Check(request));
        ASSIGN_OR_RETURN(StoredOrder * order, OrderOf(request.account(), request.order_id()));
        v1::BeginIssuanceResponse response;
        if (order->state != OrderState::kOpen &&
            order->record.issuance_id() == request.issuance_id()) {
          *response.mutable_issuance() = IssuanceOf(*order);
          return response;
        }
        const core::v1::Order shown = Shown(*order);
        if (shown.status() != core::v1::Order::STATUS_READY) {
          return errors::Make(Reason::kOrderNotReady, WhyNotReady(shown.status()));
        }
        if (!HasNames(shown, request.names())) {
          return errors::Make(Reason::kBadCsr, "the names of the CSR are not those of the order");
        }
        order->state = OrderState::kProcessing;
        order->record.set_issuance_id(request.issuance_id());
        order->finalize_jws = request.finalize_jws();
        order->began_at = Now();
        order->lease_until = Now() + request.lease_seconds();
        *response.mutable_issuance() = IssuanceOf(*order);
        return response;
      });
}

absl::StatusOr<v1::AddReceiptsResponse> FakeSa::AddReceipts(const base::Call&,
                                                            const v1::AddReceiptsRequest& request) {
  return Run<v1::AddReceiptsResponse>(
      "AddReceipts", [&]() -> absl::StatusOr<v1::AddReceiptsResponse> {
        RETURN_IF_ERROR(Check(request));
        const auto found = orders_.find(request.order_id());
        if (found == orders_.end()) return NotFound("no such order");
        StoredOrder& order = found->second;
        if (order.state != OrderState::kProcessing ||
            order.record.issuance_id() != request.issuance_id()) {
          return errors::Make(Reason::kConflict, "this issuance is not under way");
        }
        order.added.insert(order.added.end(), request.attempts().begin(), request.attempts().end());
        order.lease_until = Now() + request.lease_seconds();
        return v1::AddReceiptsResponse();
      });
}

absl::StatusOr<v1::FailIssuanceResponse> FakeSa::FailIssuance(
    const base::Call&, const v1::FailIssuanceRequest& request) {
  return Run<v1::FailIssuanceResponse>(
      "FailIssuance", [&]() -> absl::StatusOr<v1::FailIssuanceResponse> {
        const auto found = orders_.find(request.order_id());
        if (found == orders_.end()) return NotFound("no such order");
        StoredOrder& order = found->second;
        const bool ours = order.record.issuance_id() == request.issuance_id();
        if (ours && order.state == OrderState::kInvalid) return v1::FailIssuanceResponse();
        if (!ours || order.state != OrderState::kProcessing) {
          return errors::Make(Reason::kConflict, "this issuance is not under way");
        }
        order.state = OrderState::kInvalid;
        *order.record.mutable_problem() = request.problem();
        order.lease_until.reset();
        return v1::FailIssuanceResponse();
      });
}

absl::StatusOr<v1::LeaseExpiredWorkResponse> FakeSa::LeaseExpiredWork(
    const base::Call&, const v1::LeaseExpiredWorkRequest& request) {
  return Run<v1::LeaseExpiredWorkResponse>(
      "LeaseExpiredWork", [&]() -> absl::StatusOr<v1::LeaseExpiredWorkResponse> {
        RETURN_IF_ERROR(Check(request));
        const int64_t now = Now();
        const int limit = static_cast<int>(request.limit());
        v1::LeaseExpiredWorkResponse response;
        for (auto& [id, authorization] : authorizations_) {
          if (response.validations_size() == limit) break;
          if (!authorization.lease_until || *authorization.lease_until > now) continue;
          authorization.lease_until = now + request.lease_seconds();
          v1::LeasedValidation& leased = *response.add_validations();
          *leased.mutable_authorization() = Shown(authorization);
          leased.set_thumbprint(accounts_.at(authorization.record.account_id()).thumbprint());
        }
        for (auto& [id, order] : orders_) {
          if (response.order_ids_size() == limit) break;
          if (!order.lease_until || *order.lease_until > now) continue;
          order.lease_until = now + request.lease_seconds();
          response.add_order_ids(id);
        }
        return response;
      });
}

}  // namespace cairn::sa
