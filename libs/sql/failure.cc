#include "libs/sql/failure.h"

#include <absl/strings/cord.h>
#include <mariadb/errmsg.h>
#include <mariadb/mysqld_error.h>

#include <string>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::sql {
namespace {

constexpr char kTypeUrl[] = "cairn.sql.Failure";

// Long enough for a failover or a restart to get somewhere, short enough for a
// person to wait.
constexpr absl::Duration kRetryAfter = absl::Seconds(2);

Failure FailureOfNumber(unsigned int number) {
  switch (number) {
    case ER_DUP_ENTRY:
      return Failure::kDuplicateKey;
    // A Galera node that loses certification rolls back and reports a deadlock.
    case ER_LOCK_DEADLOCK:
    case ER_LOCK_WAIT_TIMEOUT:
    case ER_CHECKREAD:
      return Failure::kConflict;
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
    case CR_COMMANDS_OUT_OF_SYNC:
    case CR_MALFORMED_PACKET:
    case ER_SERVER_SHUTDOWN:
    case ER_CONNECTION_KILLED:
    case ER_QUERY_INTERRUPTED:
    case ER_STATEMENT_TIMEOUT:
    // Of a COMMIT: Galera could not tell the other nodes, or InnoDB the disk.
    case ER_ERROR_DURING_COMMIT:
    case ER_NORMAL_SHUTDOWN:
      return Failure::kGone;
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_UNKNOWN_HOST:
    case CR_SOCKET_CREATE_ERROR:
    case ER_CON_COUNT_ERROR:
    case ER_TOO_MANY_USER_CONNECTIONS:
    // What a Galera node says while it is not part of a quorum.
    case ER_UNKNOWN_COM_ERROR:
    // A node that failover made read-only.
    case ER_OPTION_PREVENTS_STATEMENT:
    case ER_DISK_FULL:
    case ER_RECORD_FILE_FULL:
      return Failure::kRefused;
    default:
      return Failure::kInternal;
  }
}

errors::Reason ReasonOfFailure(Failure failure) {
  switch (failure) {
    case Failure::kDuplicateKey:
      return errors::Reason::kConflict;
    case Failure::kConflict:
    case Failure::kGone:
    case Failure::kRefused:
      return errors::Reason::kUnavailable;
    case Failure::kNone:
    case Failure::kInternal:
      return errors::Reason::kInternal;
  }
  return errors::Reason::kInternal;
}

}  // namespace

Failure FailureOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kTypeUrl);
  if (!payload) return Failure::kNone;
  const std::string text(*payload);
  return text.size() == 1 ? static_cast<Failure>(text[0]) : Failure::kInternal;
}

absl::Status MakeFailure(Failure failure, std::string_view detail) {
  const errors::Reason reason = ReasonOfFailure(failure);
  absl::Status status = reason == errors::Reason::kUnavailable
                            ? errors::Make(reason, detail, kRetryAfter)
                            : errors::Make(reason, detail);
  status.SetPayload(kTypeUrl, absl::Cord(std::string(1, static_cast<char>(failure))));
  return status;
}

absl::Status MakeFailure(unsigned int number, std::string_view what, std::string_view text) {
  return MakeFailure(FailureOfNumber(number), base::Cat(what, ": ", number, " ", text));
}

}  // namespace cairn::sql
