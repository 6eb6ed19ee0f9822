#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "libs/policy/calendar.h"
#include "libs/policy/public_suffixes.h"

namespace cairn::ra {

// Which well-formed DNS names this CA takes orders for. Immutable.
class NamePolicy {
 public:
  // `public_suffixes` is the text of a public suffix list, required with webpki
  // and else unused; `blocked` that of the file of blocked names (see
  // protos/config/ra.proto). kMalformed, for the operator, if one is wrong.
  static absl::StatusOr<NamePolicy> Create(policy::Pack pack, std::string_view public_suffixes,
                                           std::string_view blocked);

  // `name` is canonical and without "*.". kRejectedIdentifier for a name that we
  // don't serve, kMalformed for one with more labels than make sense.
  absl::Status Check(std::string_view name, bool wildcard) const;

  // `address` is in canonical form. kRejectedIdentifier for one that we don't serve:
  // with webpki every special-purpose one (BR 4.2.2, Reserved IP Address).
  absl::Status CheckAddress(std::string_view address) const;

 private:
  explicit NamePolicy(policy::Pack pack) : pack_(pack) {}

  bool IsBlocked(std::string_view name) const;

  policy::Pack pack_;
  std::optional<policy::PublicSuffixes> public_suffixes_;
  std::set<std::string, std::less<>> blocked_exactly_;
  std::set<std::string, std::less<>> blocked_with_all_below_;
};

}  // namespace cairn::ra
