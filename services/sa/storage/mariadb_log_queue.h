#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/sql/database.h"
#include "services/sa/api/log_queue.h"
#include "services/sa/storage/mariadb_certificates.h"

namespace cairn::sa {

// What the rows of the table certificate still have to do with CT logs: two columns
// that are NULL, and so in no index, for all that have nothing to do.
class MariaDbLogQueue final : public LogQueue {
 public:
  // All references must outlive the queue.
  MariaDbLogQueue(sql::Database& database, const base::Clock& clock,
                  MariaDbCertificates& certificates)
      : database_(database), clock_(clock), certificates_(certificates) {}

  absl::StatusOr<v1::LeaseLogWorkResponse> LeaseLogWork(
      const base::Call& call, const v1::LeaseLogWorkRequest& request) override;
  absl::StatusOr<v1::FinishLogWorkResponse> FinishLogWork(
      const base::Call& call, const v1::FinishLogWorkRequest& request) override;

 private:
  sql::Database& database_;
  const base::Clock& clock_;
  MariaDbCertificates& certificates_;
};

}  // namespace cairn::sa
