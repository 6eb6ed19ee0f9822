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
#include "libs/evidence/site.h"
#include "libs/policy/calendar.h"
#include "protos/config/va.pb.h"
#include "services/va/dns_self_test.h"

namespace cairn::va {

// The checked form of config::Va; what each field means is said there. Made once
// at start-up, then immutable.
struct Options {
  struct Remote {
    evidence::Site perspective;
    std::string routing_security;
    config::Peer peer;  // with a timeout that leaves time for a whole look
    bool shadow = false;
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

  // The perspectives that corroborate: a primary, and the remotes that are no shadows.
  std::vector<evidence::Site> Counted() const;

  // How long the primary may take for an attempt.
  absl::Duration attempt_timeout() const;

  bool primary;
  evidence::Site perspective;
  std::string routing_security;
  std::string receipt_key;
  std::vector<Remote> remotes;
  dns::UnboundResolver::Options resolver;
  std::string health_name;
  std::optional<DnsSelfTest::Options> self_test;
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
  absl::Duration problem_linger;
  int late_attempts;
  size_t validation_threads;
  size_t validation_queue;
};

}  // namespace cairn::va
