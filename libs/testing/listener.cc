#include "libs/testing/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "libs/base/invariant.h"

namespace cairn::testing {

Listener::Listener(const Options& options, std::function<void(int fd)> serve) {
  listener_ = socket(options.v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(options.port);
  INVARIANT(inet_pton(AF_INET, options.address.c_str(), &v4.sin_addr) == 1, "an IPv4 address");
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  auto* address = options.v6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  socklen_t size = options.v6 ? sizeof v6 : sizeof v4;
  INVARIANT(bind(listener_, address, size) == 0 && listen(listener_, 16) == 0,
            "loopback has a free port");
  getsockname(listener_, address, &size);
  port_ = ntohs(options.v6 ? v6.sin6_port : v4.sin_port);
  int stop[2];
  INVARIANT(pipe(stop) == 0, "a test has file descriptors");
  stop_read_ = stop[0];
  stop_write_ = stop[1];
  thread_ = std::jthread([this, serve = std::move(serve)] { Run(serve); });
}

Listener::~Listener() {
  close(stop_write_);
  thread_.join();
  close(listener_);
  close(stop_read_);
}

void Listener::Run(const std::function<void(int fd)>& serve) const {
  pollfd wait[] = {{.fd = listener_, .events = POLLIN}, {.fd = stop_read_, .events = POLLIN}};
  while (poll(wait, 2, -1) >= 0 && wait[1].revents == 0) {
    const int fd = accept(listener_, nullptr, nullptr);
    serve(fd);
    close(fd);
  }
}

}  // namespace cairn::testing
