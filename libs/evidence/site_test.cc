#include "libs/evidence/site.h"

#include <absl/time/civil_time.h>

#include <catch2/catch.hpp>
#include <string>

#include "libs/evidence/site_config.h"
#include "protos/config/va.pb.h"

namespace cairn::evidence {
namespace {

using policy::Pack;
using v1::Receipt;

// Four remotes are the least from the first to the second (BR 3.2.2.9).
const absl::Time kFour = absl::FromCivil(absl::CivilDay(2026, 6, 15), absl::UTCTimeZone());
const absl::Time kFive = absl::FromCivil(absl::CivilDay(2026, 12, 15), absl::UTCTimeZone());

Site MakeSite(const char* id, Receipt::Rir rir, double latitude, double longitude) {
  return {.id = id, .rir = rir, .place = policy::Place{latitude, longitude}};
}

// A primary and five remotes that break no rule.
std::vector<Site> GoodSites() {
  std::vector<Site> sites = {
      MakeSite("home", Receipt::RIR_ARIN, 39.0, -77.5),
      MakeSite("eu", Receipt::RIR_RIPE_NCC, 50.1, 8.7),
      MakeSite("asia", Receipt::RIR_APNIC, 1.35, 103.8),
      MakeSite("us", Receipt::RIR_ARIN, 45.6, -121.2),
      MakeSite("br", Receipt::RIR_LACNIC, -23.5, -46.6),
      MakeSite("af", Receipt::RIR_AFRINIC, -33.9, 18.4),
  };
  sites.front().primary = true;
  return sites;
}

std::vector<std::string> Faults(const std::vector<Site>& sites, absl::Time at = kFive) {
  return FaultsOf(Pack::kWebPki, at, sites);
}

TEST_CASE("good perspectives have no fault", "[MPIC-02][MPIC-04][MPIC-05][MPIC-06]") {
  CHECK(Faults(GoodSites()).empty());
}

TEST_CASE("the least number of remotes changes with the second", "[MPIC-02]") {
  std::vector<Site> sites = GoodSites();
  sites.pop_back();
  CHECK(Faults(sites, kFive - absl::Seconds(1)).empty());
  CHECK(Faults(sites, kFive) ==
        std::vector<std::string>{"at least 5 remote perspectives are needed, not 4 "
                                 "(BR 3.2.2.9)"});
  sites.pop_back();
  CHECK(Faults(sites, kFour - absl::Seconds(1)).empty());
  CHECK(Faults(sites, kFour).size() == 1);
  CHECK(FaultsOf(Pack::kPrivate, kFour, sites).empty());
}

TEST_CASE("remotes of one region don't do", "[MPIC-04]") {
  std::vector<Site> sites = GoodSites();
  for (Site& site : sites) site.rir = Receipt::RIR_APNIC;
  // The primary's region doesn't count.
  sites.front().rir = Receipt::RIR_ARIN;
  CHECK(Faults(sites) ==
        std::vector<std::string>{"the remote perspectives must stand in at least 2 regions "
                                 "(BR 3.2.2.9)"});
  sites.back().rir = Receipt::RIR_AFRINIC;
  CHECK(Faults(sites).empty());
}

TEST_CASE("any two perspectives are 500 km apart, the primary included", "[MPIC-05]") {
  for (const size_t moved : {0u, 3u}) {
    for (const size_t other : {1u, 5u}) {
      INFO(moved << " to " << other);
      std::vector<Site> sites = GoodSites();
      // A degree of latitude has 110.6 to 111.7 km.
      sites[moved].place =
          policy::Place{sites[other].place->latitude + 4.4, sites[other].place->longitude};
      const auto faults = Faults(sites);
      REQUIRE(faults.size() == 1);
      CHECK(faults[0].find(sites[moved].id) != std::string::npos);
      CHECK(faults[0].find(sites[other].id) != std::string::npos);
      CHECK(faults[0].find("48") != std::string::npos);
      sites[moved].place->latitude += 0.2;
      CHECK(Faults(sites).empty());
    }
  }
}

TEST_CASE("the web PKI wants to be told where they stand, a private network doesn't", "[MPIC-05]") {
  std::vector<Site> sites = GoodSites();
  sites[2].place.reset();
  CHECK(Faults(sites) ==
        std::vector<std::string>{"the location of asia must be told (BR 3.2.2.9)"});
  sites[2].place = sites[1].place;
  CHECK(FaultsOf(Pack::kPrivate, kFive, sites).empty());
}

TEST_CASE("resolvers may stand elsewhere, but in the same region and as far apart", "[MPIC-06]") {
  std::vector<Site> sites = GoodSites();
  Site& eu = sites[1];
  eu.resolver = Site::Resolver{Receipt::RIR_RIPE_NCC, policy::Place{60.2, 24.9}};
  CHECK(Faults(sites).empty());

  SECTION("another region") {
    eu.resolver->rir = Receipt::RIR_APNIC;
    CHECK(Faults(sites) ==
          std::vector<std::string>{"the resolver of eu stands in another region than eu "
                                   "(BR 3.2.2.9)"});
  }
  SECTION("beside another perspective, whose own resolver is there") {
    eu.resolver->place = sites[3].place;
    CHECK(Faults(sites) ==
          std::vector<std::string>{"the resolvers of eu and us are 0 km apart, not 500 "
                                   "(BR 3.2.2.9)"});
  }
  SECTION("beside another perspective, whose resolver is elsewhere") {
    eu.resolver->place = sites[3].place;
    sites[3].resolver = Site::Resolver{Receipt::RIR_ARIN, policy::Place{60.2, -100.0}};
    CHECK(Faults(sites).empty());
  }
  SECTION("one resolver for two") {
    sites[3].rir = Receipt::RIR_RIPE_NCC;
    sites[3].resolver = eu.resolver;
    CHECK(Faults(sites).size() == 1);
  }
  SECTION("not told where") {
    eu.resolver->place.reset();
    CHECK(Faults(sites) ==
          std::vector<std::string>{"the location of the resolver of eu must be told (BR 3.2.2.9)"});
  }
}

TEST_CASE("a site is read from a configuration, and what is wrong with it is told by field",
          "[MPIC-05][MPIC-06]") {
  config::Va::Perspective config;
  config.set_id("eu");
  config.set_rir("RIPE NCC");
  config.mutable_location()->set_latitude(50.1);
  config.mutable_location()->set_longitude(-8.5);
  config.mutable_resolver()->set_rir("RIPE NCC");
  config.mutable_resolver()->mutable_location()->set_latitude(-90);
  config.mutable_resolver()->mutable_location()->set_longitude(180);
  config::Checks good;
  const Site site = ParseSite(config, "perspective", good);
  CHECK(good.ok());
  CHECK(site.id == "eu");
  CHECK(site.rir == Receipt::RIR_RIPE_NCC);
  CHECK(site.place->latitude == 50.1);
  CHECK(site.place->longitude == -8.5);
  CHECK(site.resolver->rir == Receipt::RIR_RIPE_NCC);
  CHECK(site.resolver->place->latitude == -90);

  config.set_rir("RIPE");
  config.mutable_location()->set_latitude(90.5);
  config.mutable_resolver()->clear_rir();
  config.mutable_resolver()->mutable_location()->clear_latitude();
  config::Checks bad;
  ParseSite(config, "perspective", bad);
  const absl::Status status = bad.ToStatus();
  const std::string message(status.message().data(), status.message().size());
  for (const char* field : {"perspective.rir: ", "perspective.location: ",
                            "perspective.resolver.rir: ", "perspective.resolver.location: "}) {
    INFO(message);
    CHECK(message.find(field) != std::string::npos);
  }
}

}  // namespace
}  // namespace cairn::evidence
