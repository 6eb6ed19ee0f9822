#include "libs/evidence/site_config.h"

namespace cairn::evidence {

v1::Receipt::Rir ParseRir(const std::string& name, const std::string& field,
                          config::Checks& checks) {
  const v1::Receipt::Rir rir = RirFromName(name);
  checks.Require(rir != v1::Receipt::RIR_UNSPECIFIED, field,
                 "must be AFRINIC, APNIC, ARIN, LACNIC or RIPE NCC");
  return rir;
}

policy::Place ParseLocation(const config::Location& config, const std::string& field,
                            config::Checks& checks) {
  const policy::Place place{.latitude = config.latitude(), .longitude = config.longitude()};
  // A forgotten half would be a place, too: on the equator, or south of Greenwich.
  checks.Require(config.has_latitude() && config.has_longitude() && policy::IsPlace(place), field,
                 "must have a latitude of -90 to 90 and a longitude of -180 to 180");
  return place;
}

}  // namespace cairn::evidence
