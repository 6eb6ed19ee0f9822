#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <vector>

#include "protos/errors/v1/errors.pb.h"

namespace cairn::errors {

// Why something was refused or failed. Named after the ACME error types (RFC
// 8555 section 6.7) where there is one. The numbers travel between services of
// different versions: append, never renumber.
enum class Reason : int {
  kInternal = 0,  // and anything without a payload
  kMalformed = 1,
  kBadCsr = 2,
  kBadPublicKey = 3,
  kBadSignatureAlgorithm = 4,
  kBadRevocationReason = 5,
  kRejectedIdentifier = 6,
  kUnsupportedIdentifier = 7,
  kInvalidContact = 8,
  kUnsupportedContact = 9,
  kInvalidProfile = 10,
  kBadNonce = 11,
  kUnauthorized = 12,
  kExternalAccountRequired = 13,
  kUserActionRequired = 14,
  kAccountDoesNotExist = 15,
  kNotFound = 16,
  kOrderNotReady = 17,
  kAlreadyRevoked = 18,
  kAlreadyReplaced = 19,
  kConflict = 20,
  kCaa = 21,
  kDns = 22,
  kConnection = 23,
  kTls = 24,
  kIncorrectResponse = 25,
  kRateLimited = 26,
  kOverloaded = 27,
  // A peer or the database can't be reached now: worth another try later.
  kUnavailable = 28,
  kDeadlineExceeded = 29,
  // The account was deactivated (RFC 8555 section 7.3.6 asks for status 401).
  kAccountDeactivated = 30,
  // HTTP-level refusals that ACME calls malformed.
  kMethodNotAllowed = 31,
  kUnsupportedMediaType = 32,
  kPayloadTooLarge = 33,
  // What the signer finds wrong with evidence that the RA gave it. None of
  // these is ever a subscriber's fault: each is an alarm.
  kEvidenceForged = 40,
  kEvidenceStale = 41,
  kEvidenceMismatch = 42,
  kEvidenceInsufficient = 43,
  kReplayed = 44,
};

// Every reason, for tests that go over all of them.
const std::vector<Reason>& AllReasons();

// The row of a reason in the one table.
struct Mapping {
  std::string_view name;       // for logs and metric labels: "bad_csr"
  std::string_view acme_type;  // after "urn:ietf:params:acme:error:"
  int http_status;
  absl::StatusCode code;       // also the gRPC code: the numbers are the same
  bool detail_is_public;       // whether people outside may read the detail
};
Mapping MappingOf(Reason reason);

// A status with its reason. `detail` is for the person whose request failed.
absl::Status Make(Reason reason, std::string_view detail);
absl::Status Make(Reason reason, std::string_view detail, absl::Duration retry_after);

// The payload, or one with kInternal where there is none. `status` must not be OK.
v1::Error PayloadOf(const absl::Status& status);
// kInternal where there is no payload. A reason is never guessed from a code:
// gRPC emits codes of its own. Also kInternal for a number of a newer version.
Reason ReasonOf(const absl::Status& status);
absl::Duration RetryAfterOf(const absl::Status& status);

absl::Status FromPayload(const v1::Error& error);

// Puts context for the log in front of the message; the payload, and so what a
// client sees, stays as it is.
absl::Status Annotate(const absl::Status& status, std::string_view context);

}  // namespace cairn::errors
