#include "services/sa/core/requests.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::sa {
namespace {

using core::v1::Account;
using core::v1::Identifier;
using errors::Reason;

// What the columns hold (migrations/).
constexpr size_t kMaxName = 255;
constexpr size_t kMaxMethod = 32;
constexpr size_t kMaxOffered = 160;
constexpr size_t kMaxContacts = 2000;
constexpr size_t kMaxSct = 65535;
// More than any client may order; the RA's limit is lower.
constexpr int kMaxNames = 1000;

absl::Status Need(bool condition, std::string_view what) {
  if (condition) return absl::OkStatus();
  return errors::Make(Reason::kMalformed, base::Cat("request to the SA: ", what));
}

absl::Status NeedSize(std::string_view bytes, size_t size, std::string_view what) {
  return Need(bytes.size() == size, what);
}

absl::Status CheckContacts(const google::protobuf::RepeatedPtrField<std::string>& contacts) {
  size_t total = 0;
  for (const std::string& contact : contacts) {
    RETURN_IF_ERROR(Need(!contact.empty() && contact.find('\n') == std::string::npos, "contact"));
    total += contact.size() + 1;
  }
  return Need(total <= kMaxContacts, "contact");
}

absl::Status CheckOffered(const google::protobuf::RepeatedPtrField<std::string>& methods) {
  size_t total = 0;
  for (const std::string& method : methods) {
    RETURN_IF_ERROR(Need(
        !method.empty() && method.size() <= kMaxMethod && method.find(',') == std::string::npos,
        "offered"));
    total += method.size() + 1;
  }
  return Need(!methods.empty() && total <= kMaxOffered, "offered");
}

}  // namespace

absl::Status Check(const core::v1::AccountRef& account) {
  RETURN_IF_ERROR(NeedSize(account.account_id(), 24, "account_id"));
  return NeedSize(account.thumbprint(), 32, "thumbprint");
}

absl::Status Check(const v1::CreateAccountRequest& request) {
  const Account& account = request.account();
  RETURN_IF_ERROR(NeedSize(account.account_id(), 24, "account_id"));
  RETURN_IF_ERROR(NeedSize(account.thumbprint(), 32, "thumbprint"));
  RETURN_IF_ERROR(NeedSize(account.first_thumbprint(), 32, "first_thumbprint"));
  RETURN_IF_ERROR(NeedSize(account.salt(), 16, "salt"));
  RETURN_IF_ERROR(Need(!account.jwk().empty() && account.jwk().size() <= 4096, "jwk"));
  RETURN_IF_ERROR(Need(account.terms_url().size() <= 500, "terms_url"));
  return CheckContacts(account.contact());
}

absl::Status Check(const v1::UpdateAccountRequest& request) {
  RETURN_IF_ERROR(Check(request.account()));
  return CheckContacts(request.contact());
}

absl::Status Check(const v1::CreateOrderRequest& request) {
  RETURN_IF_ERROR(Check(request.account()));
  RETURN_IF_ERROR(Need(
      request.authorizations_size() > 0 && request.authorizations_size() <= kMaxNames, "names"));
  for (const v1::NewAuthorization& authorization : request.authorizations()) {
    const Identifier& identifier = authorization.identifier();
    RETURN_IF_ERROR(
        Need(identifier.type() == Identifier::TYPE_DNS || identifier.type() == Identifier::TYPE_IP,
             "identifier.type"));
    RETURN_IF_ERROR(Need(!identifier.value().empty() && identifier.value().size() <= kMaxName,
                         "identifier.value"));
    RETURN_IF_ERROR(NeedSize(authorization.token(), 16, "token"));
    RETURN_IF_ERROR(CheckOffered(authorization.offered()));
  }
  RETURN_IF_ERROR(Need(request.profile().size() <= 64, "profile"));
  RETURN_IF_ERROR(Need(request.expires_at() > 0, "expires_at"));
  return Need(request.authorization_expires_at() > 0, "authorization_expires_at");
}

absl::Status Check(const v1::BeginValidationRequest& request) {
  RETURN_IF_ERROR(Check(request.account()));
  RETURN_IF_ERROR(
      Need(!request.method().empty() && request.method().size() <= kMaxMethod, "method"));
  return Need(request.lease_seconds() > 0, "lease_seconds");
}

absl::Status Check(const v1::FinishValidationRequest& request) {
  if (!request.valid()) return absl::OkStatus();
  RETURN_IF_ERROR(Need(request.attempt().receipts_size() > 0, "attempt"));
  RETURN_IF_ERROR(Need(request.validated_at() > 0, "validated_at"));
  return Need(request.expires_at() > 0, "expires_at");
}

absl::Status Check(const v1::BeginIssuanceRequest& request) {
  RETURN_IF_ERROR(Check(request.account()));
  RETURN_IF_ERROR(NeedSize(request.issuance_id(), 16, "issuance_id"));
  RETURN_IF_ERROR(Need(!request.finalize_jws().empty(), "finalize_jws"));
  RETURN_IF_ERROR(Need(request.names_size() > 0 && request.names_size() <= kMaxNames, "names"));
  return Need(request.lease_seconds() > 0, "lease_seconds");
}

absl::Status Check(const v1::AddReceiptsRequest& request) {
  RETURN_IF_ERROR(NeedSize(request.issuance_id(), 16, "issuance_id"));
  return Need(request.lease_seconds() > 0, "lease_seconds");
}

absl::Status Check(const v1::StorePrecertificateRequest& request) {
  RETURN_IF_ERROR(NeedSize(request.issuance_id(), 16, "issuance_id"));
  RETURN_IF_ERROR(NeedSize(request.serial(), 16, "serial"));
  RETURN_IF_ERROR(Need(!request.precertificate().empty(), "precertificate"));
  RETURN_IF_ERROR(Need(request.chain_size() > 0, "chain"));
  return Need(request.not_after() > 0, "not_after");
}

absl::Status Check(const v1::KeepSctsRequest& request) {
  RETURN_IF_ERROR(NeedSize(request.issuance_id(), 16, "issuance_id"));
  RETURN_IF_ERROR(NeedSize(request.serial(), 16, "serial"));
  // What the column holds: some 120 octets each, and never more than a few.
  return Need(request.scts_size() > 0 && request.ByteSizeLong() <= kMaxSct, "scts");
}

absl::Status Check(const v1::FinishIssuanceRequest& request) {
  RETURN_IF_ERROR(NeedSize(request.issuance_id(), 16, "issuance_id"));
  RETURN_IF_ERROR(NeedSize(request.serial(), 16, "serial"));
  RETURN_IF_ERROR(Need(!request.certificate().empty(), "certificate"));
  return Need(request.not_after() > 0, "not_after");
}

absl::Status Check(const v1::LeaseExpiredWorkRequest& request) {
  RETURN_IF_ERROR(Need(request.limit() > 0 && request.limit() <= 1000, "limit"));
  return Need(request.lease_seconds() > 0, "lease_seconds");
}

absl::Status Check(const v1::ReconcileSerialsRequest& request) {
  RETURN_IF_ERROR(Need(!request.signer().empty() && request.signer().size() <= 64, "signer"));
  RETURN_IF_ERROR(Need(request.serials_size() <= 32, "serials"));
  for (const v1::JournaledSerial& serial : request.serials()) {
    RETURN_IF_ERROR(NeedSize(serial.serial(), 16, "serial"));
    RETURN_IF_ERROR(NeedSize(serial.issuance_id(), 16, "issuance_id"));
    RETURN_IF_ERROR(Need(serial.certificate().empty() != serial.precertificate().empty(),
                         "certificate or precertificate"));
  }
  return absl::OkStatus();
}

absl::Status Check(const v1::LeaseLogWorkRequest& request) {
  RETURN_IF_ERROR(Need(request.limit() > 0 && request.limit() <= 1000, "limit"));
  return Need(request.lease_seconds() > 0, "lease_seconds");
}

absl::Status Check(const v1::FinishLogWorkRequest& request) {
  RETURN_IF_ERROR(NeedSize(request.serial(), 16, "serial"));
  RETURN_IF_ERROR(Need(request.leased_until() > 0, "leased_until"));
  RETURN_IF_ERROR(Need(request.final_sct().size() <= kMaxSct, "final_sct"));
  switch (request.next()) {
    case v1::LOG_WORK_NONE:
      return Need(request.due_at() == 0, "due_at");
    case v1::LOG_WORK_SUBMIT:
    case v1::LOG_WORK_CHECK:
      return Need(request.due_at() > 0, "due_at");
    default:
      return Need(false, "next");
  }
}

absl::Status Check(const v1::MoveLogPositionRequest& request) {
  RETURN_IF_ERROR(NeedSize(request.log_id(), 32, "log_id"));
  return Need(!request.has_from() || request.to() > request.from(), "to");
}

absl::Status Check(const v1::FindSerialsRequest& request) {
  RETURN_IF_ERROR(Need(request.serials_size() <= 1000, "serials"));
  for (const std::string& serial : request.serials()) {
    RETURN_IF_ERROR(NeedSize(serial, 16, "serial"));
  }
  return absl::OkStatus();
}

absl::Status Check(const v1::FindValidationsRequest& request) {
  RETURN_IF_ERROR(Need(request.limit() > 0 && request.limit() <= 100, "limit"));
  switch (request.which_case()) {
    case v1::FindValidationsRequest::kOrderId:
    case v1::FindValidationsRequest::kAuthorization:
      return absl::OkStatus();
    case v1::FindValidationsRequest::kName:
      RETURN_IF_ERROR(Need(request.made_since() > 0, "made_since"));
      return Need(!request.name().identifier().value().empty(), "name");
    case v1::FindValidationsRequest::kSerial:
      return NeedSize(request.serial(), 16, "serial");
    case v1::FindValidationsRequest::WHICH_NOT_SET:
      return Need(false, "which");
  }
  return Need(false, "which");
}

absl::Status CheckAccount(const Account* account, const core::v1::AccountRef& ref) {
  // One answer for "no such account" and "another key": nobody learns which
  // accounts there are.
  if (account == nullptr || account->thumbprint() != ref.thumbprint()) {
    return errors::Make(Reason::kUnauthorized, "the account does not have this key");
  }
  switch (account->status()) {
    case Account::STATUS_VALID:
      return absl::OkStatus();
    case Account::STATUS_DEACTIVATED:
      return errors::Make(Reason::kAccountDeactivated, "the account was deactivated");
    default:
      return errors::Make(Reason::kUnauthorized, "the account was revoked");
  }
}

}  // namespace cairn::sa
