#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/policy/calendar.h"
#include "libs/policy/key_blocklist.h"
#include "libs/policy/keys.h"
#include "libs/policy/validation_methods.h"
#include "protos/config/ra.pb.h"
#include "services/ra/core/name_policy.h"

namespace cairn::ra {

// The checked form of config::Ra; what each field means is said there. Made once
// at start-up, then immutable.
struct Options {
  struct Pool {
    size_t threads;
    size_t queue;
  };

  // kMalformed, for the operator, for a configuration that would not work or,
  // at `now`, would break the rules of its policy pack. Reads the files that
  // it names.
  static absl::StatusOr<Options> Parse(const config::Ra& config, absl::Time now);

  // The URI by which CAA records and receipts name an account (RFC 8657).
  std::string AccountUri(std::string_view account_id) const;
  // The order that a request to `url` finalizes; nothing for any other URL.
  std::optional<uint64_t> OrderOfFinalizeUrl(std::string_view url) const;

  // How long a validation counts that was made at `at`: what is configured, or less
  // where the law has changed since the start.
  absl::Duration AuthorizationLifetimeAt(absl::Time at) const;
  // The changes of the law in the next 60 days that this configuration breaks.
  std::vector<policy::Change> UnlawfulSoon(absl::Time now) const;
  // Which keys may be in a CSR. Refers to this object.
  policy::KeyRules KeyRules() const { return {.blocklist = &blocked_keys}; }

  std::string signer_name;
  std::string base_url;
  std::vector<std::string> finalize_base_urls;
  std::string terms_url;
  policy::Pack pack;
  NamePolicy names;
  policy::ChallengeOffer challenges;
  int validation_attempts;
  absl::Duration validation_timeout;  // of one attempt
  policy::KeyBlocklist blocked_keys;
  size_t max_names;
  absl::Duration order_lifetime;
  absl::Duration pending_authorization_lifetime;
  absl::Duration authorization_lifetime;
  absl::Duration reuse_window;
  std::string default_profile;
  std::vector<std::string> profiles;
  absl::Duration lease;
  absl::Duration reconcile_interval;
  absl::Duration reconcile_grace;
  absl::Duration work_timeout;
  bool ct;  // whether there is a publisher
  absl::Duration inclusion_delay;
  uint64_t inclusion_share;
  std::vector<std::string> watched_issuers;  // DER; empty: logs are not read
  absl::Duration log_watch_interval;
  Pool issuance;
  Pool validation;
  Pool log_work;
};

}  // namespace cairn::ra
