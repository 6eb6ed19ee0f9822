#pragma once

namespace cairn::policy {

// A place on the surface of the Earth, in decimal degrees of WGS 84; north and
// east are positive.
struct Place {
  double latitude = 0;
  double longitude = 0;
};

// Whether both are numbers within -90 to 90 and -180 to 180.
bool IsPlace(const Place& place);

// The length of the straight line between two places at sea level, in
// kilometres. It goes through the Earth, as BR 3.2.2.9 measures, and so is
// shorter than the way over the surface: by 130 m at 500 km. Exact to the metre.
double StraightLineKm(const Place& a, const Place& b);

// How far apart two perspectives must be to be distinct, and two resolvers of an
// attempt (BR 3.2.2.9).
inline constexpr double kLeastDistanceKm = 500;

}  // namespace cairn::policy
