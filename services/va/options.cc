#include "services/va/options.h"

#include <algorithm>
#include <set>
#include <utility>

#include "libs/acme/urls.h"
#include "libs/base/strings.h"
#include "libs/caa/caa.h"
#include "libs/config/checks.h"
#include "libs/config/values.h"
#include "libs/dns/trust_anchors.h"
#include "libs/evidence/site_config.h"
#include "services/va/reports/destination.h"

namespace cairn::va {
namespace {

// What the answer of a remote needs on its way, and the signing.
constexpr absl::Duration kRemoteMargin = absl::Seconds(1);
// IANA's root anchors as Debian's package dns-root-data keeps them current.
constexpr std::string_view kRootAnchors = "/usr/share/dns/root.key";

bool IsId(std::string_view id) {
  return !id.empty() && id.size() <= 63 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

evidence::Site ParsePerspective(const config::Va::Perspective& config, const std::string& field,
                                config::Checks& checks) {
  checks.Require(IsId(config.id()), field + ".id", "must be lower-case letters, digits, hyphens");
  checks.Require(IsPrintable(config.routing_security()), field + ".routing_security",
                 "must be printable ASCII");
  return evidence::ParseSite(config, field, checks);
}

void ParseRemotes(const config::Va& config, Options& options, config::Checks& checks) {
  std::set<std::string> ids = {options.perspective.id};
  for (int i = 0; i < config.remotes_size(); ++i) {
    const std::string field = base::Cat("remotes[", i, "]");
    Options::Remote remote{.perspective = ParsePerspective(config.remotes(i).perspective(),
                                                           field + ".perspective", checks),
                           .routing_security = config.remotes(i).perspective().routing_security(),
                           .peer = config.remotes(i).peer(),
                           .shadow = config.remotes(i).shadow()};
    checks.Require(ids.insert(remote.perspective.id).second, field + ".perspective.id",
                   "another perspective has this id");
    checks.Address(remote.peer.address(), field + ".peer.address");
    checks.Text(remote.peer.name(), field + ".peer.name");
    // TLS proves the name, so the name must prove which perspective it is.
    checks.Require(remote.peer.name().starts_with(remote.perspective.id + "."),
                   field + ".peer.name", base::Cat("must begin with ", remote.perspective.id, "."));
    const absl::Duration least = options.validation_timeout + kRemoteMargin;
    if (remote.peer.timeout().empty()) {
      remote.peer.set_timeout(base::Cat(absl::ToInt64Milliseconds(least), "ms"));
    } else {
      checks.Duration(remote.peer.timeout(), field + ".peer.timeout", least, least,
                      absl::Minutes(2));
    }
    options.remotes.push_back(std::move(remote));
  }
}

// BR 3.2.2.9
void CheckPerspectives(const Options& options, absl::Time now, config::Checks& checks) {
  for (const std::string& fault : evidence::FaultsOf(options.pack, now, options.Counted())) {
    checks.Fail("remotes", fault);
  }
  if (options.pack != policy::Pack::kWebPki) return;
  const std::string why = "the policy pack webpki asks for it (BR 3.2.2.9)";
  checks.Require(!options.routing_security.empty(), "perspective.routing_security", why);
  for (size_t i = 0; i < options.remotes.size(); ++i) {
    checks.Require(options.remotes[i].shadow || !options.remotes[i].routing_security.empty(),
                   base::Cat("remotes[", i, "].perspective.routing_security"), why);
  }
}

// A name as libs/dns asks for it.
bool IsQueryName(std::string_view name) {
  return name.size() <= 253 && name.find('.') != name.npos && name.front() != '.' &&
         name.back() != '.' && name.find("..") == name.npos &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

void ParseSelfTest(const config::Va::SelfTest& config, Options& options, config::Checks& checks) {
  const char* const what = "must be a DNS name in lower case";
  checks.Require(IsQueryName(config.known_good()), "resolver.self_test.known_good", what);
  checks.Require(IsQueryName(config.known_bad()), "resolver.self_test.known_bad", what);
  options.self_test = {
      .known_good = config.known_good(),
      .known_bad = config.known_bad(),
      .interval = checks.Duration(config.interval(), "resolver.self_test.interval",
                                  absl::Minutes(5), absl::Seconds(10), absl::Hours(24))};
  checks.Require(!options.resolver.trust_anchor_file.empty(), "resolver.self_test",
                 "needs a trust anchor");
}

// The names that the trust anchors are of: none without a file.
std::vector<std::string> ParseTrustAnchors(const std::string& file, config::Checks& checks) {
  if (file.empty()) return {};
  return checks.Take(dns::ReadTrustAnchorNames(file), "resolver.trust_anchor_file");
}

void ParseResolver(const config::Va& va, Options& options, config::Checks& checks) {
  const config::Va::Resolver& config = va.resolver();
  dns::UnboundResolver::Options& resolver = options.resolver;
  if (!config.forward().empty()) {
    const config::HostPort forward = checks.Address(config.forward(), "resolver.forward");
    checks.Require(base::IpAddress::Parse(forward.host).has_value() && forward.port != 0,
                   "resolver.forward", "must be an IP address and a port");
    resolver.forward = forward.ToText();
  }
  if (!config.root_hints_file().empty()) {
    checks.File(config.root_hints_file(), "resolver.root_hints_file");
  }
  resolver.root_hints_file = config.root_hints_file();
  resolver.query_private_servers = va.allowed_addresses_size() > 0;
  // BR 4.2.2.2.2: the primary validates DNSSEC, from the root's key on.
  const bool must_validate =
      options.primary && options.pack == policy::Pack::kWebPki && !va.allow_unvalidated_dns();
  resolver.trust_anchor_file = config.trust_anchor_file().empty() && must_validate
                                   ? std::string(kRootAnchors)
                                   : config.trust_anchor_file();
  const std::vector<std::string> anchors = ParseTrustAnchors(resolver.trust_anchor_file, checks);
  if (!anchors.empty()) {
    checks.Require(!must_validate || anchors[0].empty(), "resolver.trust_anchor_file",
                   "the policy pack webpki asks for DNSSEC from the root on");
  }
  resolver.timeout = checks.Duration(config.timeout(), "resolver.timeout", absl::Seconds(5),
                                     absl::Milliseconds(100), absl::Minutes(1));
  resolver.max_cache_ttl =
      checks.Duration(config.max_cache_ttl(), "resolver.max_cache_ttl", absl::Seconds(5),
                      absl::ZeroDuration(), absl::Minutes(1));
  resolver.max_negative_ttl =
      checks.Duration(config.max_negative_ttl(), "resolver.max_negative_ttl", absl::Seconds(5),
                      absl::ZeroDuration(), absl::Minutes(1));
  resolver.max_lookups =
      checks.Number(config.max_lookups(), "resolver.max_lookups", 16384, 512, 65536);
  options.health_name = config.health_name();
  if (config.has_self_test()) ParseSelfTest(config.self_test(), options, checks);
}

void ParseCaa(const config::Va& config, Options& options, config::Checks& checks) {
  checks.Require(config.caa_identities_size() > 0, "caa_identities", "must have a name");
  for (int i = 0; i < config.caa_identities_size(); ++i) {
    checks.Require(caa::IsIdentity(config.caa_identities(i)), base::Cat("caa_identities[", i, "]"),
                   "must be a DNS name in lower case");
    options.caa_identities.push_back(config.caa_identities(i));
  }
  for (int i = 0; i < config.base_urls_size(); ++i) {
    checks.Require(acme::IsBaseUrl(config.base_urls(i)), base::Cat("base_urls[", i, "]"),
                   acme::kBaseUrlForm);
    options.base_urls.push_back(config.base_urls(i));
  }
}

void ParseCaaReports(const config::Va::CaaReports& config, Options& options,
                     config::Checks& checks) {
  checks.Require(options.primary, "caa_reports", "only a primary reports");
  Options::CaaReports& reports = options.caa_reports.emplace();
  reports.mailbox = config.mailbox();
  checks.Require(IsMailbox(config.mailbox()), "caa_reports.mailbox",
                 "must be a mailbox such as caa@ca.example");
  checks.Require(!config.smtp_relay().empty() || !config.trusted_roots().empty(), "caa_reports",
                 "must have smtp_relay, trusted_roots or both");
  if (!config.smtp_relay().empty()) {
    const config::HostPort relay = checks.Address(config.smtp_relay(), "caa_reports.smtp_relay");
    checks.Require(base::IpAddress::Parse(relay.host).has_value() && relay.port != 0,
                   "caa_reports.smtp_relay", "must be an IP address and a port");
    reports.smtp_relay = relay;
  }
  if (!config.trusted_roots().empty()) {
    checks.File(config.trusted_roots(), "caa_reports.trusted_roots");
  }
  reports.trusted_roots = config.trusted_roots();
  reports.interval = checks.Duration(config.interval(), "caa_reports.interval", absl::Hours(24),
                                     absl::Hours(1), absl::Hours(168));
  reports.per_hour =
      static_cast<size_t>(checks.Number(config.per_hour(), "caa_reports.per_hour", 60, 1, 1000));
  reports.queue =
      static_cast<size_t>(checks.Number(config.queue(), "caa_reports.queue", 100, 1, 10'000));
}

}  // namespace

absl::StatusOr<Options> Options::Parse(const config::Va& config, absl::Time now) {
  config::Checks checks;
  Options options;
  options.primary = config.role() == "primary";
  checks.Require(options.primary || config.role() == "remote", "role",
                 "must be \"primary\" or \"remote\"");
  options.perspective = ParsePerspective(config.perspective(), "perspective", checks);
  options.routing_security = config.perspective().routing_security();
  options.receipt_key = checks.Text(config.receipt_key(), "receipt_key");
  options.connect_timeout =
      checks.Duration(config.connect_timeout(), "connect_timeout", absl::Seconds(4),
                      absl::Milliseconds(10), absl::Minutes(1));
  options.validation_timeout =
      checks.Duration(config.validation_timeout(), "validation_timeout", absl::Seconds(10),
                      absl::Milliseconds(100), absl::Minutes(1));
  options.linger = checks.Duration(config.linger(), "linger", absl::Milliseconds(50),
                                   absl::ZeroDuration(), absl::Seconds(10));
  options.problem_linger =
      checks.Duration(config.problem_linger(), "problem_linger", absl::Seconds(1),
                      absl::ZeroDuration(), absl::Seconds(10));
  options.late_attempts =
      static_cast<int>(checks.Number(config.late_attempts(), "late_attempts", 3, 1, 1000));
  ParseRemotes(config, options, checks);
  options.http01_port =
      static_cast<uint16_t>(checks.Number(config.http01_port(), "http01_port", 80, 1, 65535));
  options.https_port =
      static_cast<uint16_t>(checks.Number(config.https_port(), "https_port", 443, 1, 65535));
  for (int i = 0; i < config.allowed_addresses_size(); ++i) {
    const auto range = base::IpRange::Parse(config.allowed_addresses(i));
    if (checks.Require(range.has_value(), base::Cat("allowed_addresses[", i, "]"),
                       "must be a range such as 10.0.0.0/8")) {
      options.allowed_addresses.push_back(*range);
    }
  }
  ParseCaa(config, options, checks);
  if (config.has_caa_reports()) ParseCaaReports(config.caa_reports(), options, checks);
  const auto pack =
      policy::PackFromName(config.policy_pack().empty() ? "private" : config.policy_pack());
  checks.Require(pack.has_value(), "policy_pack", "must be \"private\" or \"webpki\"");
  options.pack = pack.value_or(policy::Pack::kPrivate);
  ParseResolver(config, options, checks);
  options.user_agent = config.user_agent().empty() ? "Cairn" : config.user_agent();
  checks.Require(IsPrintable(options.user_agent), "user_agent", "must be printable ASCII");
  options.validation_threads = static_cast<size_t>(
      checks.Number(config.validation_threads(), "validation_threads", 4096, 1, 1 << 16));
  options.validation_queue = static_cast<size_t>(
      checks.Number(config.validation_queue(), "validation_queue", 512, 1, 1 << 20));

  if (options.primary) {
    CheckPerspectives(options, now, checks);
  } else {
    checks.Require(options.remotes.empty(), "remotes", "a remote perspective has none");
  }
  if (!checks.ok()) return checks.ToStatus();
  return options;
}

std::vector<evidence::Site> Options::Counted() const {
  std::vector<evidence::Site> sites = {perspective};
  sites.front().primary = true;
  for (const Remote& remote : remotes) {
    if (!remote.shadow) sites.push_back(remote.perspective);
  }
  return sites;
}

absl::Duration Options::attempt_timeout() const {
  return validation_timeout + kRemoteMargin + absl::Seconds(1);
}

}  // namespace cairn::va
