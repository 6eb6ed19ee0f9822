#include "libs/metrics/endpoint.h"

#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::metrics {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(2);
constexpr size_t kMaxRequest = 8192;

// Waits until `fd` is ready or the time is over.
bool WaitFor(int fd, short events, absl::Time until) {
  pollfd polled{.fd = fd, .events = events, .revents = 0};
  while (true) {
    const absl::Duration left = until - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    const int ready = ::poll(&polled, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// The octets up to the empty line; empty if they don't come in time.
std::string ReadHead(int connection, absl::Time until) {
  std::string head;
  char buffer[1024];
  while (head.size() < kMaxRequest && WaitFor(connection, POLLIN, until)) {
    const ssize_t got = ::recv(connection, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return "";
    head.append(buffer, static_cast<size_t>(got));
    if (head.find("\r\n\r\n") != std::string::npos) return head;
  }
  return "";
}

void WriteAll(int connection, std::string_view text, absl::Time until) {
  while (!text.empty() && WaitFor(connection, POLLOUT, until)) {
    const ssize_t sent = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (sent < 0) return;
    text.remove_prefix(static_cast<size_t>(sent));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Endpoint>> Endpoint::Listen(const std::string& address,
                                                           uint16_t port,
                                                           std::function<std::string()> text) {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } name{};
  socklen_t size = 0;
  if (::inet_pton(AF_INET, address.c_str(), &name.v4.sin_addr) == 1) {
    name.v4.sin_family = AF_INET;
    name.v4.sin_port = htons(port);
    size = sizeof name.v4;
  } else if (::inet_pton(AF_INET6, address.c_str(), &name.v6.sin6_addr) == 1) {
    name.v6.sin6_family = AF_INET6;
    name.v6.sin6_port = htons(port);
    size = sizeof name.v6;
  } else {
    return errors::Make(errors::Reason::kMalformed,
                        base::Cat(base::Escaped(address, 80), " is not a numeric IP address"));
  }
  const int listener = ::socket(name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  int wake[2] = {-1, -1};
  const bool listens =
      listener >= 0 && ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      ::bind(listener, &name.any, size) == 0 && ::listen(listener, 16) == 0 &&
      ::getsockname(listener, &name.any, &size) == 0 && ::pipe2(wake, O_CLOEXEC) == 0;
  if (!listens) {
    const absl::Status status = errors::Make(
        errors::Reason::kUnavailable,
        base::Cat("cannot listen on ", address, " port ", port, ": ", std::strerror(errno)));
    if (listener >= 0) ::close(listener);
    return status;
  }
  const uint16_t bound =
      ntohs(name.any.sa_family == AF_INET ? name.v4.sin_port : name.v6.sin6_port);
  return std::unique_ptr<Endpoint>(
      new Endpoint(listener, wake[0], wake[1], bound, std::move(text)));
}

Endpoint::Endpoint(int listener, int wake_read, int wake_write, uint16_t port,
                   std::function<std::string()> text)
    : listener_(listener),
      wake_read_(wake_read),
      wake_write_(wake_write),
      port_(port),
      text_(std::move(text)),
      thread_([this] { Run(); }) {}

Endpoint::~Endpoint() { Stop(); }

void Endpoint::Stop() {
  if (!thread_.joinable()) return;
  while (::write(wake_write_, "x", 1) < 0 && errno == EINTR) {
  }
  thread_.join();
  ::close(listener_);
  ::close(wake_read_);
  ::close(wake_write_);
}

void Endpoint::Run() {
  while (true) {
    pollfd polled[] = {{.fd = wake_read_, .events = POLLIN, .revents = 0},
                       {.fd = listener_, .events = POLLIN, .revents = 0}};
    if (::poll(polled, 2, -1) < 0) continue;
    if (polled[0].revents != 0) return;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection >= 0) {
      Answer(connection);
      ::close(connection);
    } else if (errno == EMFILE || errno == ENFILE) {
      // Without a pause the waiting connection would keep this thread busy.
      ::poll(polled, 1, 100);
    }
  }
}

void Endpoint::Answer(int connection) const {
  const absl::Time until = absl::Now() + kPatience;
  const std::string head = ReadHead(connection, until);
  if (head.empty()) return;
  std::string_view status = "404 Not Found";
  std::string body;
  if (head.starts_with("GET /metrics ") || head.starts_with("GET /metrics?")) {
    status = "200 OK";
    body = text_();
  }
  WriteAll(connection,
           base::Cat("HTTP/1.1 ", status,
                     "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                     "Connection: close\r\nContent-Length: ",
                     body.size(), "\r\n\r\n", body),
           until);
}

}  // namespace cairn::metrics
