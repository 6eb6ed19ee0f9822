#include "services/sa/storage/mariadb_log_watch.h"

#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "libs/sql/rows.h"
#include "libs/sql/statement.h"
#include "services/sa/core/requests.h"
#include "services/sa/storage/row_reader.h"

namespace cairn::sa {

constexpr sql::Statement kPositions{"log_positions", "SELECT log_id, next_entry FROM log_position",
                                    /*repeatable=*/true};

absl::StatusOr<v1::GetLogPositionsResponse> MariaDbLogWatch::GetLogPositions(
    const base::Call& call, const v1::GetLogPositionsRequest&) {
  v1::GetLogPositionsResponse response;
  ASSIGN_OR_RETURN(const sql::Rows rows, database_.Query(call, kPositions, {}));
  for (size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows[i]);
    v1::LogPosition& position = *response.add_positions();
    position.set_log_id(row.Bytes());
    position.set_next_entry(row.Unsigned());
  }
  return response;
}

constexpr sql::Statement kAdd{
    "log_position_insert",
    "INSERT IGNORE INTO log_position (log_id, next_entry, moved_at) VALUES (?, ?, ?)"};
constexpr sql::Statement kMove{
    "log_position_update",
    "UPDATE log_position SET next_entry = ?, moved_at = ? WHERE log_id = ? AND next_entry = ?"};

absl::StatusOr<v1::MoveLogPositionResponse> MariaDbLogWatch::MoveLogPosition(
    const base::Call& call, const v1::MoveLogPositionRequest& request) {
  RETURN_IF_ERROR(Check(request));
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  ASSIGN_OR_RETURN(
      const uint64_t moved,
      request.has_from()
          ? database_.Execute(call, kMove, {request.to(), now, request.log_id(), request.from()})
          : database_.Execute(call, kAdd, {request.log_id(), request.to(), now}));
  if (moved == 1) return v1::MoveLogPositionResponse();
  return errors::Make(errors::Reason::kConflict, "the log stands at another entry");
}

constexpr sql::Statement kStored{
    "serial_stored", "SELECT precertificate, certificate FROM certificate WHERE serial = ?",
    /*repeatable=*/true};

absl::StatusOr<v1::FindSerialsResponse> MariaDbLogWatch::FindSerials(
    const base::Call& call, const v1::FindSerialsRequest& request) {
  RETURN_IF_ERROR(Check(request));
  v1::FindSerialsResponse response;
  for (const std::string& serial : request.serials()) {
    ASSIGN_OR_RETURN(const sql::Rows rows, database_.Query(call, kStored, {serial}));
    if (rows.empty()) continue;
    RowReader row(rows[0]);
    v1::StoredSerial& stored = *response.add_stored();
    stored.set_serial(serial);
    stored.set_precertificate(row.BytesOrEmpty());
    stored.set_certificate(row.BytesOrEmpty());
  }
  return response;
}

}  // namespace cairn::sa
