#include "libs/http/client/client.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/http/client/exchange.h"

namespace cairn::http {

using errors::Reason;
using Steady = std::chrono::steady_clock;

struct Client::Tls {
  SSL_CTX* context = nullptr;
  ~Tls() { SSL_CTX_free(context); }
};

absl::StatusOr<std::unique_ptr<Client>> Client::Create(Options options, const base::Clock& clock) {
  // OpenSSL writes to sockets without MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  auto tls = std::make_unique<Tls>();
  tls->context = SSL_CTX_new(TLS_client_method());
  if (tls->context == nullptr) return errors::Make(Reason::kInternal, "no TLS context");
  SSL_CTX_set_verify(tls->context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(tls->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
  return std::unique_ptr<Client>(new Client(std::move(options), clock, std::move(tls)));
}

Client::Client(Options options, const base::Clock& clock, std::unique_ptr<Tls> tls)
    : options_(std::move(options)), clock_(clock), tls_(std::move(tls)) {}

Client::~Client() = default;

GetOutcome Client::Get(const base::Call& call, const GetRequest& request) {
  GetOutcome outcome;
  const auto began = Steady::now();
  const absl::Duration total = std::min(call.Left(clock_), options_.total_timeout);
  const auto until = began + absl::ToChronoNanoseconds(total);
  const auto connect_until =
      began + absl::ToChronoNanoseconds(std::min(total, options_.connect_timeout));

  ExchangeOutcome result =
      Run({.address = request.address,
           .port = request.port,
           .tls = request.https ? tls_->context : nullptr,
           .server_name = request.server_name,
           .request = base::Cat("GET ", request.target, " HTTP/1.1\r\nHost: ", request.host,
                                "\r\nUser-Agent: ", options_.user_agent,
                                "\r\nAccept: */*\r\nConnection: close\r\n\r\n"),
           .header_limit = options_.header_limit,
           .body_limit = request.body_limit,
           .connect_until = connect_until,
           .until = until});
  outcome.connected = result.connected;
  outcome.status = std::move(result.status);
  if (outcome.status.ok()) {
    outcome.response = {.status = result.http_status,
                        .location = std::move(result.location),
                        .body = std::move(result.body),
                        .whole = result.whole};
  }
  return outcome;
}

}  // namespace cairn::http
