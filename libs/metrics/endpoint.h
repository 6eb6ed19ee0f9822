#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace cairn::metrics {

// A HTTP/1.1 listener for one text: GET /metrics. One thread, one connection at
// a time, closed after each answer; a client that takes longer than two seconds
// is dropped. For a port that only the monitoring can reach: no TLS.
//
// Not prometheus-cpp's Exposer, whose web server costs two threads per connection
// and a few megabytes in every process.
class Endpoint {
 public:
  // `address` is a numeric IPv4 or IPv6 address; port 0: any free one. `text` is
  // called on the endpoint's thread for each request.
  static absl::StatusOr<std::unique_ptr<Endpoint>> Listen(const std::string& address, uint16_t port,
                                                          std::function<std::string()> text);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // The port that is listened on.
  uint16_t port() const { return port_; }

  // Ends the thread and closes the port. Safe to call twice.
  void Stop();

 private:
  Endpoint(int listener, int wake_read, int wake_write, uint16_t port,
           std::function<std::string()> text);
  void Run();
  void Answer(int connection) const;

  const int listener_;
  const int wake_read_;
  const int wake_write_;
  const uint16_t port_;
  const std::function<std::string()> text_;
  std::jthread thread_;
};

}  // namespace cairn::metrics
