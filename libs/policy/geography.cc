#include "libs/policy/geography.h"

#include <array>
#include <cmath>
#include <numbers>

namespace cairn::policy {
namespace {

// The ellipsoid of WGS 84: equatorial radius in km, and flattening.
constexpr double kRadiusKm = 6378.137;
constexpr double kFlattening = 1 / 298.257223563;

// Earth-centred Cartesian coordinates of a place at height zero.
std::array<double, 3> Cartesian(const Place& place) {
  const double latitude = place.latitude * std::numbers::pi / 180;
  const double longitude = place.longitude * std::numbers::pi / 180;
  const double sine = std::sin(latitude);
  const double eccentricity2 = kFlattening * (2 - kFlattening);
  // The radius of curvature in the prime vertical.
  const double radius = kRadiusKm / std::sqrt(1 - eccentricity2 * sine * sine);
  return {radius * std::cos(latitude) * std::cos(longitude),
          radius * std::cos(latitude) * std::sin(longitude), radius * (1 - eccentricity2) * sine};
}

}  // namespace

bool IsPlace(const Place& place) {
  // Comparisons with a NaN are false.
  return place.latitude >= -90 && place.latitude <= 90 && place.longitude >= -180 &&
         place.longitude <= 180;
}

double StraightLineKm(const Place& a, const Place& b) {
  const auto [ax, ay, az] = Cartesian(a);
  const auto [bx, by, bz] = Cartesian(b);
  return std::hypot(ax - bx, ay - by, az - bz);
}

}  // namespace cairn::policy
