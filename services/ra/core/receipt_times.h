#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>

#include "protos/core/v1/core.pb.h"
#include "protos/evidence/v1/evidence.pb.h"

namespace cairn::ra {

// What receipts say about time. Their signatures are not checked: the signer does
// that, and a wrong time here only makes it refuse.

// Of the oldest receipt of the attempt. An error if there is none, or one that
// can't be read.
absl::StatusOr<absl::Time> OldestObservation(const evidence::v1::Attempt& attempt);

// When the proof ends by the limit of its method alone (policy::MaxAgeOfProof); the
// infinite future for methods without one.
absl::Time EndOfProof(const evidence::v1::Attempt& attempt);

// When CAA was seen for the name of `authorization`, by the oldest receipt of
// `attempt` that says so; nothing if the attempt is not about that.
std::optional<absl::Time> CaaObservation(const evidence::v1::Attempt& attempt,
                                         const core::v1::Authorization& authorization);

}  // namespace cairn::ra
