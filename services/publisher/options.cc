#include "services/publisher/options.h"

#include "libs/base/ip_address.h"
#include "libs/config/checks.h"
#include "libs/config/values.h"

namespace cairn::publisher {
namespace {

constexpr char kDebianRoots[] = "/etc/ssl/certs/ca-certificates.crt";

}  // namespace

absl::StatusOr<Options> Options::Parse(const config::Publisher& config) {
  config::Checks checks;
  Options options;
  options.log_list = ct::LogListOptions::Parse(checks, config.log_list(), "log_list");
  options.get_scts.policy.require_rfc6962 = !config.accept_static_only();
  options.get_scts.submission_timeout =
      checks.Duration(config.submission_timeout(), "submission_timeout", absl::Seconds(5),
                      absl::Milliseconds(100), absl::Minutes(1));
  options.get_scts.stagger =
      checks.Duration(config.stagger(), "stagger", absl::Milliseconds(500), absl::Milliseconds(10),
                      options.get_scts.submission_timeout);
  options.health.first_back_off =
      checks.Duration(config.first_back_off(), "first_back_off", absl::Seconds(1),
                      absl::Milliseconds(10), absl::Hours(1));
  options.health.longest_back_off =
      checks.Duration(config.longest_back_off(), "longest_back_off", absl::Minutes(5),
                      options.health.first_back_off, absl::Hours(24));
  options.trusted_roots = config.trusted_roots().empty() ? kDebianRoots : config.trusted_roots();
  checks.File(options.trusted_roots, "trusted_roots");
  if (!config.resolver().empty()) {
    const config::HostPort resolver = checks.Address(config.resolver(), "resolver");
    checks.Require(base::IpAddress::Parse(resolver.host).has_value() && resolver.port != 0,
                   "resolver", "must be an IP address and a port");
    options.resolver = resolver.ToText();
  }
  options.allow_http = config.allow_http();
  options.submission_threads = static_cast<size_t>(
      checks.Number(config.submission_threads(), "submission_threads", 32, 2, 4096));
  options.submission_queue = static_cast<size_t>(
      checks.Number(config.submission_queue(), "submission_queue", 256, 1, 1 << 20));
  if (!checks.ok()) return checks.ToStatus();
  return options;
}

}  // namespace cairn::publisher
