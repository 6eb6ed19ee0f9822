#include "services/wfe/options.h"

#include <algorithm>

#include "libs/acme/urls.h"
#include "libs/base/strings.h"
#include "libs/caa/caa.h"
#include "libs/config/checks.h"
#include "libs/config/values.h"

namespace cairn::wfe {

absl::StatusOr<Options> Options::Parse(const config::Wfe& config) {
  config::Checks checks;
  Options options;

  checks.Require(acme::IsBaseUrl(config.base_url()), "base_url", acme::kBaseUrlForm);
  options.front_end.base_urls = {config.base_url()};
  const config::HostPort https = checks.Address(config.acme_listen(), "acme_listen");
  const http::TlsFiles tls{
      .certificate = checks.Text(config.acme_tls().certificate(), "acme_tls.certificate"),
      .key = checks.Text(config.acme_tls().key(), "acme_tls.key")};
  if (!tls.certificate.empty()) checks.File(tls.certificate, "acme_tls.certificate");
  if (!tls.key.empty()) checks.Secret(tls.key, "acme_tls.key");
  const config::HttpLimits& limits = config.http();
  const absl::Duration most = absl::Minutes(10), least = absl::Milliseconds(100);
  http::Server::Options listener{
      .address = https.host,
      .port = https.port,
      .tls = tls,
      .max_connections =
          checks.Number(limits.max_connections(), "http.max_connections", 2000, 1, 100'000),
      .header_limit = checks.Number(limits.header_bytes(), "http.header_bytes", 8192, 1024, 65536),
      .body_limit = checks.Number(limits.body_bytes(), "http.body_bytes", 65536, 4096, 65536),
      .idle_timeout = checks.Duration(limits.idle_timeout(), "http.idle_timeout", absl::Seconds(60),
                                      least, most),
      .read_timeout = checks.Duration(limits.read_timeout(), "http.read_timeout", absl::Seconds(10),
                                      least, most),
      .write_timeout = checks.Duration(limits.write_timeout(), "http.write_timeout",
                                       absl::Seconds(10), least, most),
      .drain_timeout = checks.Duration(config.common().drain_timeout(), "common.drain_timeout",
                                       absl::Seconds(10), absl::ZeroDuration(), most)};
  options.listeners.push_back(listener);
  if (!config.acme_http_listen().empty()) {
    const config::HostPort plain = checks.Address(config.acme_http_listen(), "acme_http_listen");
    listener.address = plain.host;
    listener.port = plain.port;
    listener.tls.reset();
    options.listeners.push_back(listener);
    checks.Require(plain.port != 0, "acme_http_listen",
                   "needs a port: the directory's URLs begin with it");
    options.front_end.base_urls.push_back(base::Cat("http://", plain.ToText()));
  }

  options.nonce_key = checks.Secret(config.nonce_key_file(), "nonce_key_file");
  checks.Require(options.nonce_key.empty() || options.nonce_key.size() >= 32, "nonce_key_file",
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

  options.front_end.terms_of_service = config.meta().terms_of_service();
  options.front_end.website = config.meta().website();
  options.front_end.caa_identities = {config.meta().caa_identities().begin(),
                                      config.meta().caa_identities().end()};
  // VAL-58: they stand in challenges, too.
  checks.Require(options.front_end.caa_identities.size() <= 10 &&
                     std::all_of(options.front_end.caa_identities.begin(),
                                 options.front_end.caa_identities.end(), caa::IsIdentity),
                 "meta.caa_identities", "must be at most 10 DNS names in lower case");
  options.front_end.cached_accounts =
      checks.Number(config.cached_accounts(), "cached_accounts", 10'000, 1, 10'000'000);
  options.front_end.cached_certificates =
      checks.Number(config.cached_certificates(), "cached_certificates", 2000, 1, 1'000'000);
  options.request_timeout = checks.Duration(config.request_timeout(), "request_timeout",
                                            absl::Seconds(10), absl::Seconds(1), absl::Minutes(1));
  const absl::Duration half = options.request_timeout / 2;
  options.patience = checks.Duration(config.patience(), "patience",
                                     std::min(absl::Seconds(1), half), absl::ZeroDuration(), half);
  options.request_threads = checks.Number(config.worker_threads(), "worker_threads", 32, 1, 1024);
  options.request_queue = checks.Number(config.worker_queue(), "worker_queue", 256, 1, 100'000);
  if (const absl::Status status = checks.ToStatus(); !status.ok()) return status;
  return options;
}

}  // namespace cairn::wfe
