#pragma once

#include <string>

#include "libs/config/checks.h"
#include "libs/evidence/site.h"
#include "protos/config/location.pb.h"

namespace cairn::evidence {

// Each notes in `checks` what is wrong.
v1::Receipt::Rir ParseRir(const std::string& name, const std::string& field,
                          config::Checks& checks);
policy::Place ParseLocation(const config::Location& config, const std::string& field,
                            config::Checks& checks);

// A perspective of a configuration, of the VA's or of the signer's: both know
// where each stands, and check it with the same code. `field` is its path.
template <typename Perspective>
Site ParseSite(const Perspective& config, const std::string& field, config::Checks& checks) {
  Site site{.id = config.id(), .rir = ParseRir(config.rir(), field + ".rir", checks)};
  if (config.has_location()) {
    site.place = ParseLocation(config.location(), field + ".location", checks);
  }
  if (config.has_resolver()) {
    const std::string resolver = field + ".resolver";
    site.resolver = Site::Resolver{};
    site.resolver->rir = ParseRir(config.resolver().rir(), resolver + ".rir", checks);
    if (config.resolver().has_location()) {
      site.resolver->place =
          ParseLocation(config.resolver().location(), resolver + ".location", checks);
    }
  }
  return site;
}

}  // namespace cairn::evidence
