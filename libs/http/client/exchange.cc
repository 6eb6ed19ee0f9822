#include "libs/http/client/exchange.h"

#include <absl/status/statusor.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using errors::Reason;
using Steady = std::chrono::steady_clock;

absl::Status ConnectionError(std::string_view detail) {
  return errors::Make(Reason::kConnection, detail);
}
absl::Status TlsError(std::string_view detail) { return errors::Make(Reason::kTls, detail); }

std::string NameOfErrno(int error) {
  switch (error) {
    case ECONNREFUSED:
      return "connection refused";
    case ECONNRESET:
    case EPIPE:
      return "connection reset by peer";
    case EHOSTUNREACH:
    case ENETUNREACH:
      return "no route to host";
    case ETIMEDOUT:
      return "timed out";
    default:
      return base::Cat("connection failed, error ", error);
  }
}

class Socket {
 public:
  // `cancel_fd` ends every wait when it is readable; negative: nothing does.
  Socket(int fd, int cancel_fd) : fd_(fd), cancel_fd_(cancel_fd) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

  // False when `until` has come, or the exchange was cancelled.
  bool Wait(short events, Steady::time_point until) const {
    // poll ignores a negative descriptor.
    pollfd wait[] = {{.fd = fd_, .events = events}, {.fd = cancel_fd_, .events = POLLIN}};
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now()).count();
      if (left <= 0) return false;
      const int ready = poll(wait, 2, static_cast<int>(std::min<int64_t>(left, 1 << 30)));
      if (ready > 0) return wait[1].revents == 0;
      if (ready < 0 && errno != EINTR) return false;
    }
  }

 private:
  const int fd_;
  const int cancel_fd_;
};

absl::Status Connect(const Socket& socket, const Exchange& request, Steady::time_point until) {
  sockaddr_storage storage{};
  socklen_t size;
  if (request.address.is_v6()) {
    auto* address = reinterpret_cast<sockaddr_in6*>(&storage);
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(request.port);
    std::memcpy(&address->sin6_addr, request.address.bytes().data(), 16);
    size = sizeof *address;
  } else {
    auto* address = reinterpret_cast<sockaddr_in*>(&storage);
    address->sin_family = AF_INET;
    address->sin_port = htons(request.port);
    std::memcpy(&address->sin_addr, request.address.bytes().data(), 4);
    size = sizeof *address;
  }
  if (connect(socket.fd(), reinterpret_cast<sockaddr*>(&storage), size) == 0) {
    return absl::OkStatus();
  }
  if (errno != EINPROGRESS) return ConnectionError(NameOfErrno(errno));
  if (!socket.Wait(POLLOUT, until)) return ConnectionError("timed out while connecting");
  int error = 0;
  socklen_t error_size = sizeof error;
  getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &error_size);
  return error == 0 ? absl::OkStatus() : ConnectionError(NameOfErrno(error));
}

// The octets that go over a connection, in clear or in TLS. Each step waits at
// most until `until`.
class Stream {
 public:
  Stream(const Socket& socket, Steady::time_point until) : socket_(socket), until_(until) {}
  ~Stream() { SSL_free(ssl_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  absl::Status Handshake(SSL_CTX* context, const std::string& server_name) {
    ERR_clear_error();
    ssl_ = SSL_new(context);
    if (ssl_ == nullptr || SSL_set_fd(ssl_, socket_.fd()) != 1) return TlsError("no memory");
    if (!server_name.empty()) {
      SSL_set_tlsext_host_name(ssl_, server_name.c_str());
      // Looked at only if the context verifies peers.
      SSL_set1_host(ssl_, server_name.c_str());
    }
    while (true) {
      const int result = SSL_connect(ssl_);
      if (result == 1) return absl::OkStatus();
      const absl::Status status = WaitForTls(result, "during the TLS handshake");
      if (!status.ok()) return status;
    }
  }

  absl::Status WriteAll(std::string_view data) {
    while (!data.empty()) {
      if (ssl_ != nullptr) {
        const int written = SSL_write(ssl_, data.data(), static_cast<int>(data.size()));
        if (written > 0) {
          data.remove_prefix(static_cast<size_t>(written));
        } else if (absl::Status s = WaitForTls(written, "while sending the request"); !s.ok()) {
          return s;
        }
        continue;
      }
      const ssize_t written = send(socket_.fd(), data.data(), data.size(), MSG_NOSIGNAL);
      if (written >= 0) {
        data.remove_prefix(static_cast<size_t>(written));
      } else if (errno == EAGAIN) {
        if (!socket_.Wait(POLLOUT, until_)) return ConnectionError("timed out while sending");
      } else if (errno != EINTR) {
        return ConnectionError(NameOfErrno(errno));
      }
    }
    return absl::OkStatus();
  }

  // 0 at the end of the stream.
  absl::StatusOr<size_t> Read(std::span<char> out) {
    while (true) {
      if (ssl_ != nullptr) {
        const int size = SSL_read(ssl_, out.data(), static_cast<int>(out.size()));
        if (size > 0) return static_cast<size_t>(size);
        const int error = SSL_get_error(ssl_, size);
        // Many servers close without a close_notify; HTTP's framing tells
        // whether something is missing.
        if (error == SSL_ERROR_ZERO_RETURN || IsUnexpectedEnd(error)) return 0;
        if (absl::Status s = WaitForTls(size, "while reading the response"); !s.ok()) return s;
        continue;
      }
      // Nothing can have come yet, so wait first: it saves a call that fails.
      if (!socket_.Wait(POLLIN, until_)) return ConnectionError("timed out waiting for a response");
      const ssize_t size = recv(socket_.fd(), out.data(), out.size(), 0);
      if (size >= 0) return static_cast<size_t>(size);
      if (errno != EAGAIN && errno != EINTR) return ConnectionError(NameOfErrno(errno));
    }
  }

 private:
  static bool IsUnexpectedEnd(int error) {
    return (error == SSL_ERROR_SYSCALL && errno == 0) ||
           (error == SSL_ERROR_SSL &&
            ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
  }

  absl::Status WaitForTls(int result, std::string_view when) {
    const int error = SSL_get_error(ssl_, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
      if (socket_.Wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until_)) {
        return absl::OkStatus();
      }
      return ConnectionError(base::Cat("timed out ", when));
    }
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return TlsError(base::Cat(reason == nullptr ? "connection closed" : reason, " ", when));
  }

  const Socket& socket_;
  const Steady::time_point until_;
  SSL* ssl_ = nullptr;
};

absl::Status ReadResponse(Stream& stream, size_t header_limit, size_t body_limit,
                          ExchangeOutcome& response) {
  using Parser = beast::http::response_parser<beast::http::buffer_body>;
  Parser parser;
  parser.header_limit(static_cast<uint32_t>(header_limit));
  parser.body_limit(boost::none);  // we stop by ourselves
  parser.eager(true);
  // One more than wanted shows whether the body goes on.
  std::string body(body_limit + 1, '\0');
  parser.get().body().data = body.data();
  parser.get().body().size = body.size();
  parser.get().body().more = true;

  // The parser wants all fields of the header in one piece.
  std::array<char, 8192> buffer;
  size_t held = 0;
  bool full = false;
  while (!parser.is_done() && !full) {
    auto read = stream.Read(std::span(buffer).subspan(held));
    if (!read.ok()) {
      if (!parser.is_header_done()) return read.status();
      return errors::Annotate(read.status(), "in the body");
    }
    beast::error_code error;
    if (*read == 0) {
      if (!parser.got_some()) return ConnectionError("connection closed without a response");
      parser.put_eof(error);
      if (error) return ConnectionError("connection closed in the middle of the response");
      break;
    }
    held += *read;
    while (held > 0 && !parser.is_done() && !full) {
      const size_t used = parser.put(asio::buffer(buffer.data(), held), error);
      std::memmove(buffer.data(), buffer.data() + used, held - used);
      held -= used;
      if (error == beast::http::error::need_buffer) {
        full = true;
      } else if (error == beast::http::error::need_more) {
        break;
      } else if (error == beast::http::error::header_limit) {
        return ConnectionError("the header of the response is too big");
      } else if (error) {
        return ConnectionError("the response is not HTTP/1");
      }
    }
    if (held == buffer.size()) return ConnectionError("the header of the response is too big");
  }
  const size_t got = body.size() - parser.get().body().size;
  response.whole = parser.is_done() && got <= body_limit;
  body.resize(std::min(got, body_limit));
  response.body = std::move(body);
  response.http_status = static_cast<int>(parser.get().result_int());
  const auto copy = [&](beast::http::field name, std::string& out) {
    const auto field = parser.get().find(name);
    if (field != parser.get().end()) out.assign(field->value().data(), field->value().size());
  };
  copy(beast::http::field::location, response.location);
  copy(beast::http::field::retry_after, response.retry_after);
  return absl::OkStatus();
}

}  // namespace

ExchangeOutcome Run(const Exchange& exchange) {
  ExchangeOutcome outcome;
  const Socket socket(::socket(exchange.address.is_v6() ? AF_INET6 : AF_INET,
                               SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                      exchange.cancel_fd);
  if (socket.fd() < 0) {
    outcome.status = ConnectionError(NameOfErrno(errno));
    return outcome;
  }
  const int on = 1;
  setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  outcome.status = Connect(socket, exchange, exchange.connect_until);
  if (!outcome.status.ok()) return outcome;
  outcome.connected = true;

  Stream stream(socket, exchange.until);
  if (exchange.tls != nullptr) {
    outcome.status = stream.Handshake(exchange.tls, exchange.server_name);
    if (!outcome.status.ok()) return outcome;
  }
  outcome.status = stream.WriteAll(exchange.request);
  if (!outcome.status.ok()) return outcome;
  outcome.status = ReadResponse(stream, exchange.header_limit, exchange.body_limit, outcome);
  return outcome;
}

}  // namespace cairn::http
