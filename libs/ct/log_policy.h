#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <span>
#include <vector>

#include "libs/ct/log_list.h"

// Which promises of which logs make browsers accept a certificate: Chrome's policy
// ("CT Compliant Certificates") and Apple's (of 2025-04-21) at once. Pure.
namespace cairn::ct {

struct LogPolicy {
  // Apple asks for an SCT of an RFC 6962 log. Off once it no longer does.
  bool require_rfc6962 = true;
};

// A certificate's validity in days: both ends are inside (RFC 5280 section
// 4.1.2.5), and a day that has begun counts (CT-06).
int LifetimeDays(absl::Time not_before, absl::Time not_after);

// How many SCTs both policies ask for: 2 up to 180 days, 3 above (CT-03, CT-04).
int RequiredScts(int days);

// Whether the log takes certificates with this notAfter, and its SCT may be used:
// a usable or qualified log of production whose shard it is (CT-07, CT-08, CT-10).
bool MayTake(const Log& log, absl::Time not_after);

// Whether a client that knows the logs in their present states accepts a
// certificate with SCTs of these. The states that count are qualified, usable,
// read-only and retired, but not retired alone. kMalformed, with the clause that
// is not met, if not. Does not look at the shards, nor at the time of an SCT.
absl::Status CheckClients(const LogPolicy& policy, std::span<const Log* const> logs, int days);

// What must hold before the final certificate is signed: all these logs may take
// it, and those that are usable today are enough for the clients without the
// qualified ones. kMalformed if not.
absl::Status CheckForIssuance(const LogPolicy& policy, std::span<const Log* const> logs,
                              absl::Time not_before, absl::Time not_after);

// For a race between logs: the fewest of `candidates` that together with `have` would
// be enough, and of such sets the one that goes least far back. Empty if `have` is enough, and if
// nothing is. `candidates` and `have` are usable logs, each once. At most a few
// thousand combinations are looked at.
std::vector<const Log*> LogsToAsk(const LogPolicy& policy, std::span<const Log* const> have,
                                  std::span<const Log* const> candidates, int days);

// The first RequiredScts(days) of `have`, in their order, that are enough by
// themselves; empty if none are. Positions in `have`.
std::vector<size_t> ChooseSet(const LogPolicy& policy, std::span<const Log* const> have, int days);

}  // namespace cairn::ct
