#pragma once

#include <absl/status/status.h>

#include <string_view>

namespace cairn::sql {

// What kind of failure of the database a status stands for, for code that has
// an answer to it. People and peers see its errors::Reason only:
// kDuplicateKey -> kConflict; kInternal -> kInternal; all others ->
// kUnavailable with Retry-After.
enum class Failure {
  kNone,          // not a failure of the database
  kDuplicateKey,  // a unique index refused the row; nothing was written
  // The server rolled the whole transaction back: another one was in the way,
  // on this node (1213, 1205) or on another node of the cluster (certification).
  kConflict,
  // The connection is gone or the answer took too long. Whether the statement
  // took effect is not known, unless it was inside a transaction.
  kGone,
  kRefused,   // no connection to be had, or a server that takes no writes now
  kInternal,  // a statement that the schema does not fit: our mistake
};

Failure FailureOf(const absl::Status& status);

// For the code of this library: what error `number` of the server or of the
// client library means, as a status. `what` and `text` are for the log.
absl::Status MakeFailure(unsigned int number, std::string_view what, std::string_view text);
absl::Status MakeFailure(Failure failure, std::string_view detail);

}  // namespace cairn::sql
