#include "deploy/local/dns/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include "deploy/local/dns/wire.h"

namespace cairn::local_dns {
namespace {

constexpr size_t kMaxConnections = 256;
constexpr int64_t kIdleSeconds = 10;
constexpr int kMaxDatagramsInARow = 256;

int64_t Seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// A bound, non-blocking socket, or -1.
int Bind(int type, uint16_t port) {
  const int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  if (type == SOCK_STREAM) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      (type == SOCK_STREAM && listen(fd, 128) != 0)) {
    close(fd);
    return -1;
  }
  return fd;
}

uint16_t PortOf(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.sin_port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Listen(uint16_t port, Answer answer) {
  // A port that is free for TCP may be taken for UDP: try a few.
  for (int attempt = 0; attempt < 16; ++attempt) {
    const int tcp = Bind(SOCK_STREAM, port);
    if (tcp < 0) break;
    const uint16_t chosen = PortOf(tcp);
    const int udp = Bind(SOCK_DGRAM, chosen);
    if (udp >= 0) return std::unique_ptr<Server>(new Server(udp, tcp, chosen, std::move(answer)));
    close(tcp);
    if (port != 0) break;
  }
  return absl::UnavailableError("port " + std::to_string(port) +
                                " of 127.0.0.1 can't be bound: " + std::strerror(errno));
}

Server::Server(int udp, int tcp, uint16_t port, Answer answer)
    : udp_(udp), tcp_(tcp), port_(port), answer_(std::move(answer)) {}

Server::~Server() {
  for (const auto& [fd, connection] : connections_) close(fd);
  close(udp_);
  close(tcp_);
}

void Server::ServeUdp() {
  // On the stack of the only thread: no DNS message is bigger.
  std::array<char, 65536> buffer;
  for (int i = 0; i < kMaxDatagramsInARow; ++i) {
    sockaddr_in peer{};
    socklen_t peer_size = sizeof peer;
    const ssize_t size = recvfrom(udp_, buffer.data(), buffer.size(), 0,
                                  reinterpret_cast<sockaddr*>(&peer), &peer_size);
    if (size < 0) return;
    const std::string out =
        answer_(std::string_view(buffer.data(), static_cast<size_t>(size)), false);
    // A full send buffer loses the answer, as UDP may: the asker asks again.
    if (!out.empty()) {
      (void)sendto(udp_, out.data(), out.size(), 0, reinterpret_cast<sockaddr*>(&peer), peer_size);
    }
  }
}

void Server::Accept() {
  while (connections_.size() < kMaxConnections) {
    const int fd = accept4(tcp_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    connections_[fd].last_used = Seconds();
  }
}

bool Server::ServeTcp(int fd, Connection& connection, short events) {
  if ((events & (POLLERR | POLLNVAL)) != 0) return false;
  if ((events & (POLLIN | POLLHUP)) != 0) {
    std::array<char, 4096> buffer;
    const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
    if (size == 0) return false;
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    connection.last_used = Seconds();
    connection.in.append(buffer.data(), static_cast<size_t>(size));
    // Each message stands behind its length (RFC 1035 section 4.2.2).
    while (connection.in.size() >= 2) {
      const size_t length = Uint16At(connection.in, 0);
      if (connection.in.size() < 2 + length) break;
      const std::string out = answer_(std::string_view(connection.in).substr(2, length), true);
      connection.in.erase(0, 2 + length);
      if (out.empty()) return false;
      AppendUint16(connection.out, static_cast<uint16_t>(out.size()));
      connection.out += out;
    }
  }
  if (!connection.out.empty()) {
    const ssize_t size =
        send(fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    connection.out.erase(0, static_cast<size_t>(size));
  }
  return true;
}

void Server::Run(int stop_fd) {
  std::vector<pollfd> polled;
  while (true) {
    polled.clear();
    polled.push_back({.fd = stop_fd, .events = POLLIN, .revents = 0});
    polled.push_back({.fd = udp_, .events = POLLIN, .revents = 0});
    const bool room = connections_.size() < kMaxConnections;
    polled.push_back({.fd = room ? tcp_ : -1, .events = POLLIN, .revents = 0});
    for (const auto& [fd, connection] : connections_) {
      // While an answer waits to be read, no more questions are taken.
      const short events = connection.out.empty() ? POLLIN : POLLOUT;
      polled.push_back({.fd = fd, .events = events, .revents = 0});
    }
    const int wait = connections_.empty() ? -1 : 1000;
    if (poll(polled.data(), polled.size(), wait) < 0 && errno != EINTR) return;
    if (polled[0].revents != 0) return;
    if (polled[1].revents != 0) ServeUdp();
    const int64_t now = Seconds();
    for (size_t i = 3; i < polled.size(); ++i) {
      const auto connection = connections_.find(polled[i].fd);
      const bool idle = now - connection->second.last_used > kIdleSeconds;
      if (!ServeTcp(polled[i].fd, connection->second, polled[i].revents) || idle) {
        close(polled[i].fd);
        connections_.erase(connection);
      }
    }
    if (polled[2].revents != 0) Accept();
  }
}

}  // namespace cairn::local_dns
