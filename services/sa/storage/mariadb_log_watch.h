#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/sql/database.h"
#include "services/sa/api/log_watch.h"

namespace cairn::sa {

// The table log_position, and lookups by serial in the table certificate.
class MariaDbLogWatch final : public LogWatch {
 public:
  // Both must outlive it.
  MariaDbLogWatch(sql::Database& database, const base::Clock& clock)
      : database_(database), clock_(clock) {}

  absl::StatusOr<v1::GetLogPositionsResponse> GetLogPositions(
      const base::Call& call, const v1::GetLogPositionsRequest& request) override;
  absl::StatusOr<v1::MoveLogPositionResponse> MoveLogPosition(
      const base::Call& call, const v1::MoveLogPositionRequest& request) override;
  absl::StatusOr<v1::FindSerialsResponse> FindSerials(
      const base::Call& call, const v1::FindSerialsRequest& request) override;

 private:
  sql::Database& database_;
  const base::Clock& clock_;
};

}  // namespace cairn::sa
