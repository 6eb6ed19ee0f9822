#include "tests/load/http_connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <utility>

#include "libs/base/strings.h"

namespace cairn::load {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kTimeout{30};
constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

std::optional<Url> Url::Parse(std::string_view text) {
  Url url;
  if (text.starts_with("https://")) {
    url.tls = true;
  } else if (!text.starts_with("http://")) {
    return std::nullopt;
  }
  text.remove_prefix(url.tls ? 8 : 7);
  const size_t slash = text.find('/');
  const std::string_view authority = text.substr(0, slash);
  url.target = slash == text.npos ? "/" : text.substr(slash);
  const size_t colon = authority.rfind(':');
  url.host = authority.substr(0, colon);
  url.port = colon != authority.npos ? std::string(authority.substr(colon + 1))
                                     : std::string(url.tls ? "443" : "80");
  if (url.host.empty() || url.port.empty()) return std::nullopt;
  return url;
}

HttpConnection::HttpConnection(asio::any_io_executor executor, asio::ssl::context* tls,
                               const Url& server)
    : executor_(std::move(executor)), tls_(tls), server_(server) {}

void HttpConnection::Close() {
  plain_stream_.reset();
  tls_stream_.reset();
  buffer_.clear();
}

asio::awaitable<error_code> HttpConnection::Connect() {
  asio::ip::tcp::resolver resolver(executor_);
  auto [resolve_error, endpoints] =
      co_await resolver.async_resolve(server_.host, server_.port, kAsTuple);
  if (resolve_error) co_return resolve_error;

  auto stream = std::make_unique<beast::tcp_stream>(executor_);
  stream->expires_after(kTimeout);
  auto [connect_error, endpoint] = co_await stream->async_connect(endpoints, kAsTuple);
  if (connect_error) co_return connect_error;
  error_code ignored;  // without it the requests are slower, not wrong
  stream->socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  if (!server_.tls) {
    plain_stream_ = std::move(stream);
    co_return error_code();
  }

  auto tls_stream =
      std::make_unique<beast::ssl_stream<beast::tcp_stream>>(std::move(*stream), *tls_);
  SSL_set_tlsext_host_name(tls_stream->native_handle(), server_.host.c_str());
  tls_stream->set_verify_callback(asio::ssl::host_name_verification(server_.host));
  auto [handshake_error] =
      co_await tls_stream->async_handshake(asio::ssl::stream_base::client, kAsTuple);
  if (!handshake_error) tls_stream_ = std::move(tls_stream);
  co_return handshake_error;
}

asio::awaitable<error_code> HttpConnection::Exchange(const Request& request, Response& response) {
  http::response_parser<http::string_body> parser;
  // The answer to HEAD has a length and no body.
  parser.skip(request.method() == http::verb::head);
  error_code code;
  if (tls_stream_) {
    beast::get_lowest_layer(*tls_stream_).expires_after(kTimeout);
    std::tie(code, std::ignore) = co_await http::async_write(*tls_stream_, request, kAsTuple);
    if (!code) {
      std::tie(code, std::ignore) =
          co_await http::async_read(*tls_stream_, buffer_, parser, kAsTuple);
    }
  } else {
    plain_stream_->expires_after(kTimeout);
    std::tie(code, std::ignore) = co_await http::async_write(*plain_stream_, request, kAsTuple);
    if (!code) {
      std::tie(code, std::ignore) =
          co_await http::async_read(*plain_stream_, buffer_, parser, kAsTuple);
    }
  }
  if (!code) response = parser.release();
  co_return code;
}

asio::awaitable<HttpResponse> HttpConnection::Send(http::verb method, const std::string& target,
                                                   std::string body) {
  Request request(method, target, 11);
  request.set(http::field::host, base::Cat(server_.host, ":", server_.port));
  request.set(http::field::user_agent, "acme_load");
  if (!body.empty()) {
    request.set(http::field::content_type, "application/jose+json");
    request.body() = std::move(body);
    request.prepare_payload();
  }

  Response response;
  const bool reused = plain_stream_ || tls_stream_;
  error_code code;
  if (!reused) code = co_await Connect();
  if (!code) code = co_await Exchange(request, response);
  if (code && reused && code != beast::error::timeout) {
    // The server may have closed a connection that was idle for long.
    Close();
    code = co_await Connect();
    if (!code) code = co_await Exchange(request, response);
  }
  if (code) {
    Close();
    HttpResponse none{.body = base::Cat("no answer: ", code.message())};
    co_return none;
  }
  if (!response.keep_alive()) Close();
  const auto field = [&](std::string_view name) {
    const auto value = response[boost::beast::string_view(name.data(), name.size())];
    return std::string(value.data(), value.size());
  };
  HttpResponse answer{.status = response.result_int(),
                      .body = std::move(response.body()),
                      .nonce = field("Replay-Nonce"),
                      .location = field("Location"),
                      .retry_after = field("Retry-After")};
  co_return answer;
}

}  // namespace cairn::load
