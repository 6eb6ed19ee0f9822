#include "libs/http/client/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::http {
namespace {

absl::Status ConnectionError(std::string_view detail) {
  return errors::Make(errors::Reason::kConnection, detail);
}

}  // namespace

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

Socket::Socket(const base::IpAddress& address, uint16_t port)
    : address_(address),
      port_(port),
      fd_(socket(address.is_v6() ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                 0)) {}

Socket::~Socket() {
  if (fd_ >= 0) close(fd_);
}

bool Socket::Wait(short events, Steady::time_point until) const {  // NOLINT: poll's type
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

void Socket::NoticeLoss(std::chrono::milliseconds time) const {
  const auto milliseconds = static_cast<unsigned>(time.count());
  setsockopt(fd_, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

absl::Status Socket::Connect(Steady::time_point until) {
  if (fd_ < 0) return ConnectionError("no socket of that family, or too many open");
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_storage storage{};
  socklen_t size;
  if (address_.is_v6()) {
    auto* to = reinterpret_cast<sockaddr_in6*>(&storage);
    to->sin6_family = AF_INET6;
    to->sin6_port = htons(port_);
    std::memcpy(&to->sin6_addr, address_.bytes().data(), 16);
    size = sizeof *to;
  } else {
    auto* to = reinterpret_cast<sockaddr_in*>(&storage);
    to->sin_family = AF_INET;
    to->sin_port = htons(port_);
    std::memcpy(&to->sin_addr, address_.bytes().data(), 4);
    size = sizeof *to;
  }
  if (connect(fd_, reinterpret_cast<sockaddr*>(&storage), size) == 0) return absl::OkStatus();
  if (errno != EINPROGRESS) return ConnectionError(NameOfErrno(errno));
  if (!Wait(POLLOUT, until)) return ConnectionError("timed out while connecting");
  int error = 0;
  socklen_t error_size = sizeof error;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &error_size);
  return error == 0 ? absl::OkStatus() : ConnectionError(NameOfErrno(error));
}

}  // namespace cairn::http
