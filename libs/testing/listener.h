#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace cairn::testing {

// A TCP listener for servers that misbehave on purpose: takes one connection after
// the other, in a thread of its own, until its end. Should be the last member of
// the server, so that it ends before what its connections use.
class Listener {
 public:
  struct Options {
    bool v6 = false;                    // ::1
    std::string address = "127.0.0.1";  // IPv4 only
    uint16_t port = 0;                  // IPv4 only; 0: any free one
  };

  // `serve` gets a connected socket, which is closed behind it.
  Listener(const Options& options, std::function<void(int fd)> serve);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  uint16_t port() const { return port_; }

 private:
  void Run(const std::function<void(int fd)>& serve) const;

  int listener_ = -1, stop_read_ = -1, stop_write_ = -1;
  uint16_t port_ = 0;
  std::jthread thread_;
};

}  // namespace cairn::testing
