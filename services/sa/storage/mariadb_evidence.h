#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/sql/database.h"
#include "services/sa/api/evidence_reader.h"

namespace cairn::sa {

// Reads the evidence that MariaDbOrders and MariaDbIssuances stored. Changes nothing.
class MariaDbEvidence final : public EvidenceReader {
 public:
  // References must outlive the store.
  MariaDbEvidence(sql::Database& database, const base::Clock& clock)
      : database_(database), clock_(clock) {}

  absl::StatusOr<v1::FindValidationsResponse> FindValidations(
      const base::Call& call, const v1::FindValidationsRequest& request) override;

 private:
  absl::StatusOr<v1::FindValidationsResponse> OfOrder(const base::Call& call, uint64_t order_id,
                                                      uint32_t first, uint32_t last,
                                                      uint32_t limit);
  absl::StatusOr<v1::FindValidationsResponse> OfName(const base::Call& call,
                                                     const v1::FindValidationsRequest& request);

  sql::Database& database_;
  const base::Clock& clock_;
};

}  // namespace cairn::sa
