#include "services/wfe/options.h"

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/values.h"

namespace cairn::wfe {
namespace {

void CheckBaseUrl(config::Checks& checks, const std::string& url, std::string_view scheme,
                  std::string_view field) {
  const std::string start = base::Cat(scheme, "://");
  if (!checks.Require(url.starts_with(start) && url.size() > start.size(), field,
                      base::Cat("must be a URL that begins with ", start))) {
    return;
  }
  checks.Require(url.find('/', start.size()) == std::string::npos, field,
                 "must be scheme, host and port only, without a trailing slash");
  checks.Require(url == base::ToLower(url), field, "must be lower case");
}

}  // namespace

absl::StatusOr<Options> Options::Parse(const config::Wfe& config) {
  config::Checks checks;
  Options options;

  CheckBaseUrl(checks, config.base_url(), "https", "base_url");
  options.front_end.base_urls = {config.base_url()};
  const config::HostPort https = checks.Address(config.acme_listen(), "acme_listen");
  const http::TlsFiles tls{
      .certificate = checks.Text(config.acme_tls().certificate(), "acme_tls.certificate"),
      .key = checks.Text(config.acme_tls().key(), "acme_tls.key")};
  if (!tls.certificate.empty()) checks.File(tls.certificate, "acme_tls.certificate");
  if (!tls.key.empty()) checks.Secret(tls.key, "acme_tls.key");
  const size_t connections =
      checks.Number(config.max_connections(), "max_connections", 4096, 1, 100'000);
  options.listeners.push_back(
      {.address = https.host, .port = https.port, .tls = tls, .max_connections = connections});

  if (!config.acme_http_listen().empty()) {
    const config::HostPort plain = checks.Address(config.acme_http_listen(), "acme_http_listen");
    CheckBaseUrl(checks, config.http_base_url(), "http", "http_base_url");
    options.front_end.base_urls.push_back(config.http_base_url());
    options.listeners.push_back(
        {.address = plain.host, .port = plain.port, .max_connections = connections});
  } else {
    checks.Require(config.http_base_url().empty(), "http_base_url",
                   "needs acme_http_listen beside it");
  }

  options.nonce_key = checks.Secret(config.nonce_key(), "nonce_key");
  checks.Require(options.nonce_key.empty() || options.nonce_key.size() >= 32, "nonce_key",
                 "the file must hold at least 32 octets");
  options.nonce_instance =
      static_cast<uint8_t>(checks.Number(config.nonce_instance(), "nonce_instance", 0, 1, 255));
  for (const config::NoncePeer& peer : config.nonce_peers()) {
    const auto instance =
        static_cast<uint8_t>(checks.Number(peer.instance(), "nonce_peers.instance", 0, 1, 255));
    checks.Require(instance != options.nonce_instance &&
                       options.nonce_peers.emplace(instance, peer.peer()).second,
                   "nonce_peers.instance", base::Cat("instance ", instance, " comes twice"));
  }

  options.blocked_keys = config.blocked_keys();
  options.front_end.terms_of_service = config.directory().terms_of_service();
  options.front_end.website = config.directory().website();
  options.front_end.caa_identities = {config.directory().caa_identities().begin(),
                                      config.directory().caa_identities().end()};
  options.request_threads = checks.Number(config.request_threads(), "request_threads", 32, 1, 1024);
  options.request_queue = checks.Number(config.request_queue(), "request_queue", 256, 1, 100'000);
  if (const absl::Status status = checks.ToStatus(); !status.ok()) return status;
  return options;
}

}  // namespace cairn::wfe
