#include "services/ra/api/fake_registration.h"

#include <absl/time/time.h>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::ra {
namespace {

using core::v1::Authorization;
using core::v1::Order;
using errors::Make;
using errors::Reason;

constexpr uint64_t kFirstOrder = 0x0123456789abcd00;

// `size` octets that differ from object to object.
std::string Numbered(std::string_view prefix, uint64_t number, size_t size) {
  std::string bytes = base::Cat(prefix, number);
  bytes.resize(size, '.');
  return bytes;
}

}  // namespace

FakeRegistration::FakeRegistration(const base::Clock& clock, std::string terms_url)
    : clock_(clock), terms_url_(std::move(terms_url)) {}

std::optional<FakeRegistration::Fault> FakeRegistration::Enter(std::string_view method) {
  ++calls_[std::string(method)];
  const auto found = faults_.find(method);
  if (found == faults_.end() || found->second.empty()) return std::nullopt;
  Fault fault = std::move(found->second.front());
  found->second.pop_front();
  return fault;
}

template <typename Response, typename F>
absl::StatusOr<Response> FakeRegistration::Serve(std::string_view method, F f) {
  std::lock_guard lock(mutex_);
  const std::optional<Fault> fault = Enter(method);
  if (fault.has_value() && !fault->but_done) return fault->status;
  Response response;
  RETURN_IF_ERROR(f(response));
  if (fault.has_value()) return fault->status;
  return response;
}

absl::Status FakeRegistration::CheckAccount(const core::v1::AccountRef& account) const {
  const auto found = accounts_.find(account.account_id());
  if (found == accounts_.end()) {
    return Make(Reason::kAccountDoesNotExist, "there is no such account");
  }
  if (found->second.status() != core::v1::Account::STATUS_VALID) {
    return Make(Reason::kAccountDeactivated, "the account is deactivated");
  }
  if (found->second.thumbprint() != account.thumbprint()) {
    return Make(Reason::kUnauthorized, "this is not the account's key");
  }
  return absl::OkStatus();
}

absl::StatusOr<FakeRegistration::StoredOrder*> FakeRegistration::FindOrder(
    const core::v1::AccountRef& account, uint64_t order_id) {
  RETURN_IF_ERROR(CheckAccount(account));
  const auto found = orders_.find(order_id);
  if (found == orders_.end()) return Make(Reason::kNotFound, "there is no such order");
  if (found->second.order.account_id() != account.account_id()) {
    return Make(Reason::kUnauthorized, "the order belongs to another account");
  }
  Order& order = found->second.order;
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  if (now >= order.expires_at() && order.status() != Order::STATUS_VALID) {
    order.set_status(Order::STATUS_INVALID);
  }
  return &found->second;
}

absl::StatusOr<Authorization*> FakeRegistration::FindAuthorization(
    const core::v1::AccountRef& account, uint64_t order_id, uint32_t position) {
  ASSIGN_OR_RETURN(StoredOrder * stored, FindOrder(account, order_id));
  if (position >= static_cast<uint32_t>(stored->order.authorizations_size())) {
    return Make(Reason::kNotFound, "there is no such authorization");
  }
  return stored->order.mutable_authorizations(static_cast<int>(position));
}

void FakeRegistration::Derive(Order& order) {
  if (order.status() != Order::STATUS_PENDING) return;
  bool all_valid = true;
  for (const Authorization& authorization : order.authorizations()) {
    if (authorization.status() == Authorization::STATUS_INVALID) {
      order.set_status(Order::STATUS_INVALID);
      *order.mutable_problem() = authorization.problem();
      return;
    }
    all_valid = all_valid && authorization.status() == Authorization::STATUS_VALID;
  }
  if (all_valid) order.set_status(Order::STATUS_READY);
}

absl::StatusOr<v1::NewAccountResponse> FakeRegistration::NewAccount(
    const base::Call&, const v1::NewAccountRequest& request) {
  return Serve<v1::NewAccountResponse>("NewAccount", [&](auto& response) -> absl::Status {
    for (const auto& [id, account] : accounts_) {
      if (account.thumbprint() != request.thumbprint()) continue;
      if (account.status() != core::v1::Account::STATUS_VALID) {
        return Make(Reason::kAccountDeactivated, "the account is deactivated");
      }
      *response.mutable_account() = account;
      return absl::OkStatus();
    }
    if (request.only_return_existing()) {
      return Make(Reason::kAccountDoesNotExist, "no account has this key");
    }
    if (!terms_url_.empty() && !request.terms_agreed()) {
      return Make(Reason::kUserActionRequired, base::Cat("agree to ", terms_url_));
    }
    core::v1::Account account;
    account.set_account_id(Numbered("fake-account-", accounts_.size(), 24));
    account.set_thumbprint(request.thumbprint());
    account.set_first_thumbprint(request.thumbprint());
    account.set_jwk(request.jwk());
    account.set_salt(Numbered("salt-", accounts_.size(), 16));
    account.set_status(core::v1::Account::STATUS_VALID);
    *account.mutable_contact() = request.contact();
    account.set_created_at(absl::ToUnixSeconds(clock_.Now()));
    if (request.terms_agreed()) {
      account.set_terms_agreed_at(account.created_at());
      account.set_terms_url(terms_url_);
    }
    accounts_[account.account_id()] = account;
    *response.mutable_account() = std::move(account);
    response.set_created(true);
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::UpdateAccountResponse> FakeRegistration::UpdateAccount(
    const base::Call&, const v1::UpdateAccountRequest& request) {
  return Serve<v1::UpdateAccountResponse>("UpdateAccount", [&](auto& response) -> absl::Status {
    RETURN_IF_ERROR(CheckAccount(request.account()));
    core::v1::Account& account = accounts_[request.account().account_id()];
    if (request.set_contact()) *account.mutable_contact() = request.contact();
    if (request.deactivate()) account.set_status(core::v1::Account::STATUS_DEACTIVATED);
    *response.mutable_account() = account;
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::NewOrderResponse> FakeRegistration::NewOrder(
    const base::Call&, const v1::NewOrderRequest& request) {
  return Serve<v1::NewOrderResponse>("NewOrder", [&](auto& response) -> absl::Status {
    RETURN_IF_ERROR(CheckAccount(request.account()));
    if (request.identifiers().empty()) return Make(Reason::kMalformed, "an order needs a name");
    Order order;
    order.set_order_id(kFirstOrder + orders_.size());
    order.set_account_id(request.account().account_id());
    order.set_status(Order::STATUS_PENDING);
    order.set_created_at(absl::ToUnixSeconds(clock_.Now()));
    order.set_expires_at(absl::ToUnixSeconds(clock_.Now() + absl::Hours(168)));
    order.set_profile(request.profile());
    for (const v1::RequestedIdentifier& identifier : request.identifiers()) {
      if (identifier.type() != "dns") {
        return Make(Reason::kUnsupportedIdentifier, "only identifiers of type dns are supported");
      }
      Authorization& authorization = *order.add_authorizations();
      authorization.set_order_id(order.order_id());
      authorization.set_position(static_cast<uint32_t>(order.authorizations_size() - 1));
      authorization.set_account_id(order.account_id());
      authorization.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
      authorization.mutable_identifier()->set_value(base::ToLower(identifier.value()));
      authorization.set_status(Authorization::STATUS_PENDING);
      authorization.set_token(
          Numbered(base::Cat("token-", authorization.position(), "-"), orders_.size(), 16));
      authorization.set_expires_at(order.expires_at());
      for (const char* method : {"http-01", "dns-persist-01"}) authorization.add_offered(method);
    }
    orders_[order.order_id()].order = order;
    *response.mutable_order() = std::move(order);
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::StartValidationResponse> FakeRegistration::StartValidation(
    const base::Call&, const v1::StartValidationRequest& request) {
  auto begun =
      Serve<v1::StartValidationResponse>("StartValidation", [&](auto& response) -> absl::Status {
        ASSIGN_OR_RETURN(
            Authorization * authorization,
            FindAuthorization(request.account(), request.order_id(), request.position()));
        const auto& offered = authorization->offered();
        if (std::find(offered.begin(), offered.end(), request.method()) == offered.end()) {
          return Make(Reason::kNotFound, "the authorization has no such challenge");
        }
        switch (authorization->status()) {
          case Authorization::STATUS_PENDING:
            authorization->set_status(Authorization::STATUS_PROCESSING);
            authorization->set_method(request.method());
            break;
          case Authorization::STATUS_PROCESSING:
          case Authorization::STATUS_VALID:
            break;
          default:
            return Make(Reason::kMalformed, "the authorization is over");
        }
        *response.mutable_authorization() = *authorization;
        return absl::OkStatus();
      });
  if (!begun.ok() || !Wait(request.wait_milliseconds())) return begun;
  std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const Authorization* authorization,
                   FindAuthorization(request.account(), request.order_id(), request.position()));
  *begun->mutable_authorization() = *authorization;
  return begun;
}

absl::StatusOr<v1::FinalizeOrderResponse> FakeRegistration::FinalizeOrder(
    const base::Call&, const v1::FinalizeOrderRequest& request) {
  auto begun =
      Serve<v1::FinalizeOrderResponse>("FinalizeOrder", [&](auto& response) -> absl::Status {
        last_finalize_ = request;
        ASSIGN_OR_RETURN(StoredOrder * stored, FindOrder(request.account(), request.order_id()));
        if (stored->order.status() != Order::STATUS_READY) {
          return Make(Reason::kOrderNotReady, "the order is not ready");
        }
        stored->order.set_status(Order::STATUS_PROCESSING);
        stored->order.set_issuance_id(Numbered("issuance-", request.order_id() - kFirstOrder, 16));
        *response.mutable_order() = stored->order;
        return absl::OkStatus();
      });
  if (!begun.ok() || !Wait(request.wait_milliseconds())) return begun;
  std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const StoredOrder* stored, FindOrder(request.account(), request.order_id()));
  *begun->mutable_order() = stored->order;
  begun->set_certificate(stored->certificate);
  begun->mutable_chain()->Assign(stored->chain.begin(), stored->chain.end());
  return begun;
}

absl::StatusOr<sa::v1::GetAccountResponse> FakeRegistration::GetAccount(
    const base::Call&, const sa::v1::GetAccountRequest& request) {
  return Serve<sa::v1::GetAccountResponse>("GetAccount", [&](auto& response) -> absl::Status {
    const auto found = accounts_.find(request.account_id());
    if (found == accounts_.end()) {
      return Make(Reason::kAccountDoesNotExist, "there is no such account");
    }
    *response.mutable_account() = found->second;
    return absl::OkStatus();
  });
}

absl::StatusOr<sa::v1::GetOrderResponse> FakeRegistration::GetOrder(
    const base::Call&, const sa::v1::GetOrderRequest& request) {
  return Serve<sa::v1::GetOrderResponse>("GetOrder", [&](auto& response) -> absl::Status {
    ASSIGN_OR_RETURN(StoredOrder * stored, FindOrder(request.account(), request.order_id()));
    *response.mutable_order() = stored->order;
    if (stored->order.status() == Order::STATUS_VALID) {
      response.set_certificate(stored->certificate);
      response.mutable_chain()->Assign(stored->chain.begin(), stored->chain.end());
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<sa::v1::GetAuthorizationResponse> FakeRegistration::GetAuthorization(
    const base::Call&, const sa::v1::GetAuthorizationRequest& request) {
  return Serve<sa::v1::GetAuthorizationResponse>(
      "GetAuthorization", [&](auto& response) -> absl::Status {
        ASSIGN_OR_RETURN(
            const Authorization* authorization,
            FindAuthorization(request.account(), request.order_id(), request.position()));
        *response.mutable_authorization() = *authorization;
        return absl::OkStatus();
      });
}

absl::StatusOr<sa::v1::GetCertificateResponse> FakeRegistration::GetCertificate(
    const base::Call&, const sa::v1::GetCertificateRequest& request) {
  return Serve<sa::v1::GetCertificateResponse>(
      "GetCertificate", [&](auto& response) -> absl::Status {
        RETURN_IF_ERROR(CheckAccount(request.account()));
        for (const auto& [id, stored] : orders_) {
          if (stored.order.serial().empty() || stored.order.serial() != request.serial()) continue;
          if (stored.order.account_id() != request.account().account_id()) {
            return Make(Reason::kUnauthorized, "the certificate belongs to another account");
          }
          response.set_certificate(stored.certificate);
          response.mutable_chain()->Assign(stored.chain.begin(), stored.chain.end());
          return absl::OkStatus();
        }
        return Make(Reason::kNotFound, "there is no such certificate");
      });
}

bool FakeRegistration::FinishValidation(uint64_t order_id, uint32_t position,
                                        std::optional<core::v1::Problem> problem) {
  std::lock_guard lock(mutex_);
  const auto found = orders_.find(order_id);
  if (found == orders_.end()) return false;
  Order& order = found->second.order;
  if (position >= static_cast<uint32_t>(order.authorizations_size())) return false;
  Authorization& authorization = *order.mutable_authorizations(static_cast<int>(position));
  if (authorization.status() != Authorization::STATUS_PENDING &&
      authorization.status() != Authorization::STATUS_PROCESSING) {
    return false;
  }
  if (authorization.method().empty()) authorization.set_method("http-01");
  if (problem.has_value()) {
    authorization.set_status(Authorization::STATUS_INVALID);
    *authorization.mutable_problem() = *std::move(problem);
  } else {
    authorization.set_status(Authorization::STATUS_VALID);
    authorization.set_validated_at(absl::ToUnixSeconds(clock_.Now()));
  }
  Derive(order);
  return true;
}

bool FakeRegistration::FinishIssuance(uint64_t order_id, std::string serial,
                                      std::string certificate, std::vector<std::string> chain) {
  std::lock_guard lock(mutex_);
  const auto found = orders_.find(order_id);
  if (found == orders_.end()) return false;
  StoredOrder& stored = found->second;
  if (stored.order.status() != Order::STATUS_PROCESSING) return false;
  stored.order.set_status(Order::STATUS_VALID);
  stored.order.set_serial(std::move(serial));
  stored.certificate = std::move(certificate);
  stored.chain = std::move(chain);
  return true;
}

bool FakeRegistration::FailIssuance(uint64_t order_id, core::v1::Problem problem) {
  std::lock_guard lock(mutex_);
  const auto found = orders_.find(order_id);
  if (found == orders_.end()) return false;
  Order& order = found->second.order;
  if (order.status() != Order::STATUS_PROCESSING) return false;
  order.set_status(Order::STATUS_INVALID);
  *order.mutable_problem() = std::move(problem);
  return true;
}

void FakeRegistration::WhileWaited(std::function<void()> happens) {
  std::lock_guard lock(mutex_);
  while_waited_ = std::move(happens);
}

bool FakeRegistration::Wait(uint32_t milliseconds) {
  std::function<void()> happens;
  if (milliseconds > 0) {
    std::lock_guard lock(mutex_);
    happens.swap(while_waited_);
  }
  if (happens == nullptr) return false;
  happens();
  return true;
}

void FakeRegistration::FailNext(std::string_view method, absl::Status status, bool but_done) {
  std::lock_guard lock(mutex_);
  faults_[std::string(method)].push_back({std::move(status), but_done});
}

int FakeRegistration::calls(std::string_view method) const {
  std::lock_guard lock(mutex_);
  const auto found = calls_.find(method);
  return found == calls_.end() ? 0 : found->second;
}

std::optional<v1::FinalizeOrderRequest> FakeRegistration::last_finalize() const {
  std::lock_guard lock(mutex_);
  return last_finalize_;
}

}  // namespace cairn::ra
