#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "libs/base/ip_address.h"

namespace cairn::http {

// A TCP socket that never blocks for longer than it is told. What the clients of
// libs/http share; not for others.
class Socket {
 public:
  using Steady = std::chrono::steady_clock;

  // For this one address and port.
  Socket(const base::IpAddress& address, uint16_t port);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // From now on every wait ends when `fd` is readable; negative: none does.
  void CancelBy(int fd) { cancel_fd_ = fd; }
  // Once. kConnection if nobody is there by `until`.
  absl::Status Connect(Steady::time_point until);
  // From now on the connection is lost when what was sent isn't acknowledged in time.
  void NoticeLoss(std::chrono::milliseconds time) const;
  // For POLLIN or POLLOUT. False when `until` has come, or on cancellation.
  bool Wait(short events, Steady::time_point until) const;  // NOLINT: poll's type

  int fd() const { return fd_; }

 private:
  const base::IpAddress address_;
  const uint16_t port_;
  const int fd_;
  int cancel_fd_ = -1;
};

// What the system's error means, for people: "connection refused".
std::string NameOfErrno(int error);

}  // namespace cairn::http
