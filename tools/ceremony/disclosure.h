#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>

#include "libs/crypto/public_key.h"
#include "tools/ceremony/plan.h"

namespace cairn::ceremony {

// What must be told to others about a new key or certificate of a CA, as JSON: to
// the CCADB within 7 days (MRSP 5.3.2), to the auditor for keys without a
// certificate (MRSP 3.1.3), and the day of the key's making, from which root
// programs count (ROOT-17, ROOT-18, ROOT-22). `certificate` is empty for a key
// alone; `key_date` is nothing for a key made elsewhere.
std::string DisclosureOf(const Plan& plan, const crypto::PublicKey& key,
                         std::string_view certificate, std::optional<absl::Time> key_date,
                         absl::Time now);

}  // namespace cairn::ceremony
