#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/policy/calendar.h"
#include "libs/policy/geography.h"
#include "protos/evidence/v1/evidence.pb.h"

namespace cairn::evidence {

// "AFRINIC", "APNIC", "ARIN", "LACNIC" or "RIPE NCC"; else RIR_UNSPECIFIED.
v1::Receipt::Rir RirFromName(std::string_view name);

// Where a perspective stands, as its operator says.
struct Site {
  struct Resolver {
    v1::Receipt::Rir rir = v1::Receipt::RIR_UNSPECIFIED;
    std::optional<policy::Place> place;
  };

  std::string id;
  bool primary = false;
  v1::Receipt::Rir rir = v1::Receipt::RIR_UNSPECIFIED;
  std::optional<policy::Place> place;
  // Only where its resolver stands elsewhere.
  std::optional<Resolver> resolver;
};

// What the rules of a pack have, at a date, against perspectives that corroborate
// together (BR 3.2.2.9): too few remotes, of too few regions; two perspectives,
// or two of their resolvers, closer than 500 km; a resolver in another region
// than its perspective; a place that isn't told. A sentence for each; empty:
// nothing. Pure.
std::vector<std::string> FaultsOf(policy::Pack pack, absl::Time at, const std::vector<Site>& sites);

}  // namespace cairn::evidence
