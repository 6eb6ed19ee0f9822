#include "libs/policy/geography.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace cairn::policy {
namespace {

double Degrees(double degrees, double minutes, double seconds) {
  return degrees + minutes / 60 + seconds / 3600;
}

TEST_CASE("distances are those of geodesy", "[MPIC-05]") {
  // The axes of WGS 84.
  CHECK(StraightLineKm({0, 0}, {0, 180}) == Approx(2 * 6378.137).margin(0.001));
  CHECK(StraightLineKm({90, 0}, {-90, 0}) == Approx(2 * 6356.752314).margin(0.001));
  // One degree at the equator: 110.574 km to the north, 111.320 km to the east.
  CHECK(StraightLineKm({-0.5, 10}, {0.5, 10}) == Approx(110.574).margin(0.002));
  CHECK(StraightLineKm({0, 10}, {0, 11}) == Approx(111.318).margin(0.002));
  // The line of Vincenty's example, Flinders Peak to Buninyong: 54,972.271 m over
  // the surface, and the chord is 0.17 m less.
  CHECK(StraightLineKm({-Degrees(37, 57, 3.7203), Degrees(144, 25, 29.5244)},
                       {-Degrees(37, 39, 10.1561), Degrees(143, 55, 35.3839)}) ==
        Approx(54.9721).margin(0.0002));
  // New York to London: 5,551.759 km over the surface (GeographicLib); the chord of
  // such an arc of a sphere of that curvature is 5,378 km.
  CHECK(StraightLineKm({40.6, -73.8}, {51.6, -0.5}) == Approx(5378).margin(10));
}

TEST_CASE("a distance does not depend on the direction, nor on how a meridian is written",
          "[MPIC-05]") {
  const Place tokyo{35.68, 139.69}, lima{-12.05, -77.04};
  CHECK(StraightLineKm(tokyo, lima) == StraightLineKm(lima, tokyo));
  CHECK(StraightLineKm(tokyo, tokyo) == 0);
  CHECK(StraightLineKm({10, 180}, {10, -180}) == Approx(0).margin(1e-6));
  CHECK(StraightLineKm({10, 179.9}, {10, -179.9}) == Approx(21.93).margin(0.02));
  CHECK(StraightLineKm({90, 0}, {90, 123}) == Approx(0).margin(1e-6));
}

TEST_CASE("degrees are within their ranges") {
  CHECK(IsPlace({90, 180}));
  CHECK(IsPlace({-90, -180}));
  CHECK(IsPlace({0, 0}));
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  for (const Place& place :
       {Place{90.001, 0}, Place{-90.001, 0}, Place{0, 180.001}, Place{0, -180.001}, Place{nan, 0},
        Place{0, nan}, Place{infinity, 0}}) {
    INFO(place.latitude << " " << place.longitude);
    CHECK_FALSE(IsPlace(place));
  }
}

}  // namespace
}  // namespace cairn::policy
