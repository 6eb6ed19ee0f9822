#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/ip_address.h"
#include "libs/config/values.h"
#include "libs/dns/unbound_resolver.h"
#include "libs/policy/calendar.h"
#include "protos/config/va.pb.h"
#include "protos/evidence/v1/evidence.pb.h"

namespace cairn::va {

// The checked form of config::Va; what each field means is said there. Made once
// at start-up, then immutable.
struct Options {
  struct Perspective {
    std::string id;
    evidence::v1::Receipt::Rir rir;
  };
  struct Remote {
    Perspective perspective;
    config::Peer peer;  // with a timeout that leaves time for a whole look
  };
  struct CaaReports {
    std::string mailbox;
    std::optional<config::HostPort> smtp_relay;  // an address and a port
    std::string trusted_roots;                   // "": no https
    absl::Duration interval;
    size_t per_hour;
    size_t queue;
  };

  // kMalformed, for the operator, for a configuration that would not work or, at
  // `now`, would break the rules of its policy pack. Does not read the receipt
  // key.
  static absl::StatusOr<Options> Parse(const config::Va& config, absl::Time now);

  // What of this configuration the rules will forbid from a day in the next 60
  // days on; one sentence each.
  std::vector<std::string> Warnings(absl::Time now) const;

  // How long the primary may take for an attempt.
  absl::Duration attempt_timeout() const;

  bool primary;
  Perspective perspective;
  std::string receipt_key;
  std::vector<Remote> remotes;
  dns::UnboundResolver::Options resolver;
  std::string health_name;
  uint16_t http01_port;
  uint16_t https_port;
  std::vector<base::IpRange> allowed_addresses;
  std::vector<std::string> caa_identities;
  std::vector<std::string> base_urls;
  std::optional<CaaReports> caa_reports;
  policy::Pack pack;
  std::string user_agent;
  absl::Duration connect_timeout;
  absl::Duration validation_timeout;
  absl::Duration linger;
  size_t validation_threads;
  size_t validation_queue;
};

}  // namespace cairn::va
