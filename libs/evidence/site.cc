#include "libs/evidence/site.h"

#include <cmath>
#include <set>

#include "libs/base/strings.h"

namespace cairn::evidence {
namespace {

using policy::Place;
using v1::Receipt;

void CheckNumbers(const policy::Limits& limits, const std::vector<Site>& sites,
                  std::vector<std::string>& faults) {
  int remotes = 0;
  std::set<Receipt::Rir> regions;
  for (const Site& site : sites) {
    if (site.primary) continue;
    ++remotes;
    regions.insert(site.rir);
  }
  if (remotes < limits.min_remotes) {
    faults.push_back(base::Cat("at least ", limits.min_remotes,
                               " remote perspectives are needed, not ", remotes, " (BR 3.2.2.9)"));
  } else if (remotes > 0 && static_cast<int>(regions.size()) < limits.min_rirs) {
    faults.push_back(base::Cat("the remote perspectives must stand in at least ", limits.min_rirs,
                               " regions (BR 3.2.2.9)"));
  }
}

// Where its DNS queries enter the Internet.
const std::optional<Place>& ResolverPlace(const Site& site) {
  return site.resolver.has_value() ? site.resolver->place : site.place;
}

std::string TooClose(std::string_view what, const Site& a, const Site& b, double km) {
  // Rounded down: 499.9 km are not "500 km".
  return base::Cat(what, a.id, " and ", b.id, " are ", static_cast<int>(std::floor(km)),
                   " km apart, not ", static_cast<int>(policy::kLeastDistanceKm), " (BR 3.2.2.9)");
}

void CheckPlaces(const std::vector<Site>& sites, std::vector<std::string>& faults) {
  for (const Site& site : sites) {
    if (!site.place.has_value()) {
      faults.push_back(base::Cat("the location of ", site.id, " must be told (BR 3.2.2.9)"));
    }
    if (!site.resolver.has_value()) continue;
    if (!site.resolver->place.has_value()) {
      faults.push_back(
          base::Cat("the location of the resolver of ", site.id, " must be told (BR 3.2.2.9)"));
    }
    if (site.resolver->rir != site.rir) {
      faults.push_back(base::Cat("the resolver of ", site.id, " stands in another region than ",
                                 site.id, " (BR 3.2.2.9)"));
    }
  }
  for (size_t i = 0; i < sites.size(); ++i) {
    for (size_t j = i + 1; j < sites.size(); ++j) {
      const Site &a = sites[i], &b = sites[j];
      if (a.place.has_value() && b.place.has_value()) {
        const double km = policy::StraightLineKm(*a.place, *b.place);
        if (km < policy::kLeastDistanceKm) faults.push_back(TooClose("", a, b, km));
      }
      // Those that both stand beside their perspectives were just compared.
      if (!a.resolver.has_value() && !b.resolver.has_value()) continue;
      const auto &from = ResolverPlace(a), &to = ResolverPlace(b);
      if (!from.has_value() || !to.has_value()) continue;
      const double km = policy::StraightLineKm(*from, *to);
      if (km < policy::kLeastDistanceKm) faults.push_back(TooClose("the resolvers of ", a, b, km));
    }
  }
}

}  // namespace

Receipt::Rir RirFromName(std::string_view name) {
  if (name == "AFRINIC") return Receipt::RIR_AFRINIC;
  if (name == "APNIC") return Receipt::RIR_APNIC;
  if (name == "ARIN") return Receipt::RIR_ARIN;
  if (name == "LACNIC") return Receipt::RIR_LACNIC;
  if (name == "RIPE NCC") return Receipt::RIR_RIPE_NCC;
  return Receipt::RIR_UNSPECIFIED;
}

std::vector<std::string> FaultsOf(policy::Pack pack, absl::Time at,
                                  const std::vector<Site>& sites) {
  std::vector<std::string> faults;
  CheckNumbers(policy::LimitsAt(pack, at), sites, faults);
  if (pack == policy::Pack::kWebPki) CheckPlaces(sites, faults);
  return faults;
}

}  // namespace cairn::evidence
