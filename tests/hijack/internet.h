#pragma once

#include <absl/status/status.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cairn::hijack {

// Takes this process, and all that it starts, out of the host's network for good,
// into an empty one of its own: nothing that a test does to addresses and routes
// is seen outside. Before the first thread is started. Needs user namespaces
// (sysctl user.max_user_namespaces above 0) or root; the error says so.
absl::Status LeaveHostNetwork();

// A computer with a network namespace of its own and one interface, "eth0".
class Computer {
 public:
  // On the link of an Internet. `number` is unique in it, 1 to 250.
  Computer(const std::string& bridge, int number);
  ~Computer();
  Computer(const Computer&) = delete;
  Computer& operator=(const Computer&) = delete;

  // "10.77.0.7" for number 7.
  const std::string& address() const { return address_; }

  // Runs `act` there: sockets, threads and processes that it makes stay there.
  void Within(const std::function<void()>& act) const;
  // ip(8), there: {"route", "replace", ...}. The command must succeed.
  void Ip(const std::vector<std::string>& arguments) const;

 private:
  const int number_;
  const std::string address_;
  int namespace_ = -1;  // a file descriptor
};

// One link with computers on it, all in 10.77.0.0/24; the test itself is
// 10.77.0.254. What lies beyond the link is a matter of each computer's routes.
class Internet {
 public:
  Internet();
  ~Internet();
  Internet(const Internet&) = delete;
  Internet& operator=(const Internet&) = delete;

  std::unique_ptr<Computer> Add();

 private:
  int computers_ = 0;
};

}  // namespace cairn::hijack
