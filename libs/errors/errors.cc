#include "libs/errors/errors.h"

#include <absl/strings/cord.h>

namespace cairn::errors {
namespace {

constexpr char kTypeUrl[] = "cairn.errors.v1.Error";

bool IsKnown(int number) {
  for (const Reason reason : AllReasons()) {
    if (static_cast<int>(reason) == number) return true;
  }
  return false;
}

}  // namespace

const std::vector<Reason>& AllReasons() {
  static const auto* reasons = new std::vector<Reason>{
      Reason::kInternal,          Reason::kMalformed,
      Reason::kBadCsr,            Reason::kBadPublicKey,
      Reason::kBadSignatureAlgorithm, Reason::kBadRevocationReason,
      Reason::kRejectedIdentifier, Reason::kUnsupportedIdentifier,
      Reason::kInvalidContact,    Reason::kUnsupportedContact,
      Reason::kInvalidProfile,    Reason::kBadNonce,
      Reason::kUnauthorized,      Reason::kExternalAccountRequired,
      Reason::kUserActionRequired, Reason::kAccountDoesNotExist,
      Reason::kNotFound,          Reason::kOrderNotReady,
      Reason::kAlreadyRevoked,    Reason::kAlreadyReplaced,
      Reason::kConflict,          Reason::kCaa,
      Reason::kDns,               Reason::kConnection,
      Reason::kTls,               Reason::kIncorrectResponse,
      Reason::kRateLimited,       Reason::kOverloaded,
      Reason::kUnavailable,       Reason::kDeadlineExceeded,
      Reason::kAccountDeactivated, Reason::kMethodNotAllowed,
      Reason::kUnsupportedMediaType, Reason::kPayloadTooLarge,
      Reason::kEvidenceForged,    Reason::kEvidenceStale,
      Reason::kEvidenceMismatch,  Reason::kEvidenceInsufficient,
      Reason::kReplayed};
  return *reasons;
}

// No default: a new reason does not compile until it has a row (-Werror=switch).
Mapping MappingOf(Reason reason) {
  using absl::StatusCode;
  switch (reason) {
    case Reason::kInternal:
      return {"internal", "serverInternal", 500, StatusCode::kInternal, false};
    case Reason::kMalformed:
      return {"malformed", "malformed", 400, StatusCode::kInvalidArgument, true};
    case Reason::kBadCsr:
      return {"bad_csr", "badCSR", 400, StatusCode::kInvalidArgument, true};
    case Reason::kBadPublicKey:
      return {"bad_public_key", "badPublicKey", 400, StatusCode::kInvalidArgument, true};
    case Reason::kBadSignatureAlgorithm:
      return {"bad_signature_algorithm", "badSignatureAlgorithm", 400,
              StatusCode::kInvalidArgument, true};
    case Reason::kBadRevocationReason:
      return {"bad_revocation_reason", "badRevocationReason", 400, StatusCode::kInvalidArgument,
              true};
    case Reason::kRejectedIdentifier:
      return {"rejected_identifier", "rejectedIdentifier", 400, StatusCode::kInvalidArgument,
              true};
    case Reason::kUnsupportedIdentifier:
      return {"unsupported_identifier", "unsupportedIdentifier", 400,
              StatusCode::kInvalidArgument, true};
    case Reason::kInvalidContact:
      return {"invalid_contact", "invalidContact", 400, StatusCode::kInvalidArgument, true};
    case Reason::kUnsupportedContact:
      return {"unsupported_contact", "unsupportedContact", 400, StatusCode::kInvalidArgument,
              true};
    case Reason::kInvalidProfile:
      return {"invalid_profile", "invalidProfile", 400, StatusCode::kInvalidArgument, true};
    case Reason::kBadNonce:
      return {"bad_nonce", "badNonce", 400, StatusCode::kFailedPrecondition, true};
    case Reason::kUnauthorized:
      return {"unauthorized", "unauthorized", 403, StatusCode::kPermissionDenied, true};
    case Reason::kExternalAccountRequired:
      return {"external_account_required", "externalAccountRequired", 403,
              StatusCode::kPermissionDenied, true};
    case Reason::kUserActionRequired:
      return {"user_action_required", "userActionRequired", 403, StatusCode::kPermissionDenied,
              true};
    case Reason::kAccountDoesNotExist:
      return {"account_does_not_exist", "accountDoesNotExist", 400, StatusCode::kNotFound, true};
    case Reason::kNotFound:
      return {"not_found", "malformed", 404, StatusCode::kNotFound, true};
    case Reason::kOrderNotReady:
      return {"order_not_ready", "orderNotReady", 403, StatusCode::kFailedPrecondition, true};
    case Reason::kAlreadyRevoked:
      return {"already_revoked", "alreadyRevoked", 400, StatusCode::kAlreadyExists, true};
    case Reason::kAlreadyReplaced:
      return {"already_replaced", "alreadyReplaced", 409, StatusCode::kAlreadyExists, true};
    case Reason::kConflict:
      return {"conflict", "malformed", 409, StatusCode::kAborted, true};
    case Reason::kCaa:
      return {"caa", "caa", 403, StatusCode::kFailedPrecondition, true};
    case Reason::kDns:
      return {"dns", "dns", 400, StatusCode::kFailedPrecondition, true};
    case Reason::kConnection:
      return {"connection", "connection", 400, StatusCode::kFailedPrecondition, true};
    case Reason::kTls:
      return {"tls", "tls", 400, StatusCode::kFailedPrecondition, true};
    case Reason::kIncorrectResponse:
      return {"incorrect_response", "incorrectResponse", 403, StatusCode::kFailedPrecondition,
              true};
    case Reason::kRateLimited:
      return {"rate_limited", "rateLimited", 429, StatusCode::kResourceExhausted, true};
    case Reason::kOverloaded:
      return {"overloaded", "rateLimited", 503, StatusCode::kResourceExhausted, true};
    case Reason::kUnavailable:
      return {"unavailable", "serverInternal", 503, StatusCode::kUnavailable, false};
    case Reason::kDeadlineExceeded:
      return {"deadline_exceeded", "serverInternal", 503, StatusCode::kDeadlineExceeded, false};
    case Reason::kAccountDeactivated:
      return {"account_deactivated", "unauthorized", 401, StatusCode::kPermissionDenied, true};
    case Reason::kMethodNotAllowed:
      return {"method_not_allowed", "malformed", 405, StatusCode::kInvalidArgument, true};
    case Reason::kUnsupportedMediaType:
      return {"unsupported_media_type", "malformed", 415, StatusCode::kInvalidArgument, true};
    case Reason::kPayloadTooLarge:
      return {"payload_too_large", "malformed", 413, StatusCode::kInvalidArgument, true};
    case Reason::kEvidenceForged:
      return {"evidence_forged", "serverInternal", 500, StatusCode::kPermissionDenied, false};
    case Reason::kEvidenceStale:
      return {"evidence_stale", "serverInternal", 500, StatusCode::kPermissionDenied, false};
    case Reason::kEvidenceMismatch:
      return {"evidence_mismatch", "serverInternal", 500, StatusCode::kPermissionDenied, false};
    case Reason::kEvidenceInsufficient:
      return {"evidence_insufficient", "serverInternal", 500, StatusCode::kPermissionDenied,
              false};
    case Reason::kReplayed:
      return {"replayed", "serverInternal", 500, StatusCode::kPermissionDenied, false};
  }
  return {"internal", "serverInternal", 500, StatusCode::kInternal, false};
}

absl::Status Make(Reason reason, std::string_view detail) {
  return Make(reason, detail, absl::ZeroDuration());
}

absl::Status Make(Reason reason, std::string_view detail, absl::Duration retry_after) {
  v1::Error error;
  error.set_reason(static_cast<int>(reason));
  error.set_detail(std::string(detail));
  error.set_retry_after_seconds(absl::ToInt64Seconds(absl::Ceil(retry_after, absl::Seconds(1))));
  return FromPayload(error);
}

absl::Status FromPayload(const v1::Error& error) {
  const Reason reason =
      IsKnown(error.reason()) ? static_cast<Reason>(error.reason()) : Reason::kInternal;
  absl::Status status(MappingOf(reason).code, error.detail());
  status.SetPayload(kTypeUrl, absl::Cord(error.SerializeAsString()));
  return status;
}

v1::Error PayloadOf(const absl::Status& status) {
  v1::Error error;
  const auto payload = status.GetPayload(kTypeUrl);
  if (!payload || !error.ParseFromString(std::string(*payload)) || !IsKnown(error.reason())) {
    error.Clear();
    error.set_reason(static_cast<int>(Reason::kInternal));
  }
  return error;
}

Reason ReasonOf(const absl::Status& status) {
  return static_cast<Reason>(PayloadOf(status).reason());
}

absl::Duration RetryAfterOf(const absl::Status& status) {
  return absl::Seconds(PayloadOf(status).retry_after_seconds());
}

absl::Status Annotate(const absl::Status& status, std::string_view context) {
  std::string message(context);
  message.append(": ").append(std::string(status.message()));
  absl::Status annotated(status.code(), message);
  if (const auto payload = status.GetPayload(kTypeUrl)) annotated.SetPayload(kTypeUrl, *payload);
  return annotated;
}

}  // namespace cairn::errors
