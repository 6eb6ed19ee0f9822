#include "services/publisher/options.h"

#include <string_view>

#include "libs/base/ip_address.h"
#include "libs/config/checks.h"
#include "libs/config/values.h"

namespace cairn::publisher {
namespace {

constexpr char kDebianRoots[] = "/etc/ssl/certs/ca-certificates.crt";

std::string SignatureFileOf(const std::string& list) {
  constexpr std::string_view kJson = ".json";
  const size_t stem = list.ends_with(kJson) ? list.size() - kJson.size() : list.size();
  return list.substr(0, stem) + ".sig";
}

}  // namespace

absl::StatusOr<Options> Options::Parse(const config::Publisher& config) {
  config::Checks checks;
  Options options;
  const config::Publisher::LogList& list = config.log_list();
  options.log_list.list = checks.Text(list.file(), "log_list.file");
  options.log_list.signature =
      list.signature_file().empty() ? SignatureFileOf(list.file()) : list.signature_file();
  const std::string pem = checks.File(list.public_key(), "log_list.public_key");
  if (!pem.empty()) {
    const auto key = crypto::PublicKey::FromPem(pem);
    if (key.ok() && (key->type() == crypto::KeyType::kEcP256 ||
                     (key->type() == crypto::KeyType::kRsa && key->bits() >= 2048))) {
      options.log_list_key = *key;
    } else {
      checks.Fail("log_list.public_key", "must be a P-256 key, or RSA of at least 2048 bits");
    }
  }
  options.reload_interval =
      checks.Duration(list.reload_interval(), "log_list.reload_interval", absl::Seconds(10),
                      absl::Milliseconds(100), absl::Hours(24));
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
