#pragma once

#include <string>
#include <string_view>

#include "protos/core/v1/core.pb.h"
#include "protos/evidence/v1/evidence.pb.h"
#include "tools/cairn_admin/seen.h"

namespace cairn::admin {

// Text from outside as it may be shown on a terminal (base::Escaped).
std::string Shown(std::string_view text);
// "2027-01-15T08:00:00Z", or "never" for 0.
std::string TimeText(int64_t seconds);
// "connection: refused"; "" for none.
std::string ProblemText(const core::v1::Problem& problem);
// "RIPE NCC", or "?" for none.
std::string_view RirText(evidence::v1::Receipt::Rir rir);

// All of one receipt, some indented lines.
std::string Details(const Seen& seen);

}  // namespace cairn::admin
