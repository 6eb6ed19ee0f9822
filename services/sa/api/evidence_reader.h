#pragma once

#include <absl/status/statusor.h>

#include "libs/base/call.h"
#include "protos/sa/v1/sa.pb.h"

namespace cairn::sa {

// Stored validations, for people. The method is that of the service EvidenceReader in
// protos/sa/v1/sa.proto, where its contract and its cost are written. Finding nothing
// is no error. Thread-safe; may block until call.deadline.
class EvidenceReader {
 public:
  virtual ~EvidenceReader() = default;

  virtual absl::StatusOr<v1::FindValidationsResponse> FindValidations(
      const base::Call& call, const v1::FindValidationsRequest& request) = 0;
};

}  // namespace cairn::sa
