#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string_view>

#include "libs/acme/json.h"

namespace cairn::wfe {

// What the payloads of requests have in common. All errors are kMalformed.

absl::Status Malformed(std::string_view detail);

absl::StatusOr<acme::Json> ParseObject(std::string_view payload);

// False where there is no such member.
absl::StatusOr<bool> ReadBoolean(const acme::Json& payload, std::string_view name);

}  // namespace cairn::wfe
