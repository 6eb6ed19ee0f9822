#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace cairn::local_dns {

// Serves DNS over UDP and TCP on one port of 127.0.0.1, in one thread.
class Server {
 public:
  // What to answer to a message; empty: nothing.
  using Answer = std::function<std::string(std::string_view message, bool over_tcp)>;

  // Port 0: any that is free for both.
  static absl::StatusOr<std::unique_ptr<Server>> Listen(uint16_t port, Answer answer);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const { return port_; }

  // Serves until `stop_fd` can be read.
  void Run(int stop_fd);

 private:
  struct Connection {
    std::string in;
    std::string out;
    int64_t last_used = 0;  // seconds of the monotonic clock
  };

  Server(int udp, int tcp, uint16_t port, Answer answer);

  void ServeUdp();
  void Accept();
  // False: the connection is over.
  bool ServeTcp(int fd, Connection& connection, short events);

  const int udp_;
  const int tcp_;
  const uint16_t port_;
  const Answer answer_;
  std::map<int, Connection> connections_;
};

}  // namespace cairn::local_dns
