#include "libs/http/client/api_client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/http/client/exchange.h"

namespace cairn::http {
namespace {

using errors::Reason;
using Steady = std::chrono::steady_clock;

constexpr size_t kHeaderLimit = 8 * 1024;
// What a server may ask for, so that none can put us off for ever.
constexpr int64_t kMaxRetryAfter = 3600;

struct Url {
  bool https = false;
  std::string host;  // without the brackets of an IPv6 address
  uint16_t port = 0;
  std::string host_field;
  std::string target;
};

std::optional<int64_t> Number(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

absl::StatusOr<Url> ParseUrl(std::string_view text) {
  const auto malformed = [] { return errors::Make(Reason::kMalformed, "this is no HTTP URL"); };
  Url url;
  if (text.starts_with("https://")) {
    url.https = true;
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else {
    return malformed();
  }
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; })) {
    return malformed();
  }
  const size_t slash = text.find('/');
  if (slash == text.npos) return malformed();
  std::string_view authority = text.substr(0, slash);
  url.target = std::string(text.substr(slash));
  url.host_field = std::string(authority);
  url.port = url.https ? 443 : 80;
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.rfind(':');
  if (colon != authority.npos && (bracket == authority.npos || colon > bracket)) {
    const std::optional<int64_t> port = Number(authority.substr(colon + 1));
    if (!port.has_value() || *port < 1 || *port > 65535) return malformed();
    url.port = static_cast<uint16_t>(*port);
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) {
    authority = authority.substr(1, authority.size() - 2);
  }
  if (authority.empty() || authority.find_first_of("@[]") != authority.npos) return malformed();
  url.host = std::string(authority);
  return url;
}

std::string Compose(const ApiRequest& request, const Url& url, const std::string& user_agent) {
  std::string text =
      base::Cat(request.method, " ", url.target, " HTTP/1.1\r\nHost: ", url.host_field,
                "\r\nUser-Agent: ", user_agent, "\r\nAccept: */*\r\n",
                request.repeatable ? "" : "Connection: close\r\n");
  if (request.method == "POST") {
    text += base::Cat("Content-Type: ", request.content_type,
                      "\r\nContent-Length: ", request.body.size(), "\r\n");
  }
  return base::Cat(text, "\r\n", request.body);
}

absl::StatusOr<ApiResponse> Answer(ExchangeOutcome outcome) {
  RETURN_IF_ERROR(outcome.status);
  if (!outcome.whole) return errors::Make(Reason::kConnection, "the response is too long");
  const int64_t seconds = std::min(Number(outcome.retry_after).value_or(0), kMaxRetryAfter);
  return ApiResponse{.status = outcome.http_status,
                     .retry_after = absl::Seconds(seconds),
                     .body = std::move(outcome.body)};
}

}  // namespace

Cancellation::Cancellation() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  INVARIANT(fd_ >= 0, "the limit of file descriptors is far above what pools use");
}

Cancellation::~Cancellation() { close(fd_); }

void Cancellation::Cancel() {
  const uint64_t one = 1;
  // Can't fail: the counter is far from its limit.
  [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof one);
}

bool Cancellation::cancelled() const {
  pollfd wait{.fd = fd_, .events = POLLIN};
  return poll(&wait, 1, 0) > 0;
}

struct ApiClient::Tls {
  SSL_CTX* context = nullptr;
  ~Tls() { SSL_CTX_free(context); }
};

absl::StatusOr<std::unique_ptr<ApiClient>> ApiClient::Create(Options options, Resolve resolve,
                                                             const base::Clock& clock) {
  // OpenSSL writes to sockets without MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  auto tls = std::make_unique<Tls>();
  tls->context = SSL_CTX_new(TLS_client_method());
  if (tls->context == nullptr) return errors::Make(Reason::kInternal, "no TLS context");
  SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
  SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_load_verify_file(tls->context, options.trusted_roots.c_str()) != 1) {
    ERR_clear_error();
    return errors::Make(Reason::kMalformed,
                        base::Cat(options.trusted_roots, " has no certificates to trust"));
  }
  SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(tls->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
  return std::unique_ptr<ApiClient>(
      new ApiClient(std::move(options), std::move(resolve), clock, std::move(tls)));
}

ApiClient::ApiClient(Options options, Resolve resolve, const base::Clock& clock,
                     std::unique_ptr<Tls> tls)
    : options_(std::move(options)),
      resolve_(std::move(resolve)),
      clock_(clock),
      tls_(std::move(tls)) {}

ApiClient::~ApiClient() = default;

absl::StatusOr<ApiResponse> ApiClient::Send(const base::Call& call, const ApiRequest& request) {
  ASSIGN_OR_RETURN(const Url url, ParseUrl(request.url));
  const base::Call bounded = call.Within(clock_, options_.total_timeout);
  const auto until = Steady::now() + absl::ToChronoNanoseconds(bounded.Left(clock_));
  Exchange exchange{.port = url.port,
                    .tls = url.https ? tls_->context : nullptr,
                    .server_name = url.host,
                    .request = Compose(request, url, options_.user_agent),
                    .header_limit = kHeaderLimit,
                    .body_limit = request.body_limit,
                    .until = until};
  if (request.cancellation != nullptr) exchange.cancel_fd = request.cancellation->fd();
  const auto is_over = [&] {
    return Steady::now() >= until ||
           (request.cancellation != nullptr && request.cancellation->cancelled());
  };
  const std::string server = base::Cat(url.https ? "https://" : "http://", url.host_field);
  if (std::unique_ptr<Connection> open = request.repeatable ? idle_.Take(server) : nullptr) {
    ExchangeOutcome outcome = open->Run(exchange);
    if (outcome.answered || is_over()) {
      idle_.Put(server, std::move(open));
      return Answer(std::move(outcome));
    }
  }

  std::vector<base::IpAddress> addresses;
  if (const auto address = base::IpAddress::Parse(url.host)) {
    addresses = {*address};
  } else {
    ASSIGN_OR_RETURN(addresses, resolve_(bounded, url.host));
  }
  ExchangeOutcome outcome;
  for (const base::IpAddress& address : addresses) {
    exchange.address = address;
    exchange.connect_until =
        std::min(until, Steady::now() + absl::ToChronoNanoseconds(options_.connect_timeout));
    auto connection = std::make_unique<Connection>(exchange);
    outcome = connection->Run(exchange);
    if (request.repeatable) idle_.Put(server, std::move(connection));
    if (outcome.connected || is_over()) break;
  }
  return Answer(std::move(outcome));
}

}  // namespace cairn::http
