#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/testing/listener.h"
#include "libs/testing/test_tls.h"

namespace cairn::http {

// A server, on a free port of loopback if not told otherwise, that treats each
// connection as a script says, one after the other. Thread-safe.
class TestServer {
 public:
  // The server's side of a connection, in clear or in TLS.
  class Connection {
   public:
    virtual ~Connection() = default;
    // Up to the end of a request's header; what came until the peer closed.
    virtual std::string ReadRequest() = 0;
    // False when the peer has gone.
    virtual bool Write(std::string_view data) = 0;
    // Until the peer closes.
    virtual void WaitForEnd() = 0;
  };
  using Script = std::function<void(Connection&, const std::string& request)>;

  struct Options {
    bool v6 = false;
    bool tls = false;  // with a self-signed certificate that names nothing
    std::optional<testing::TlsIdentity> identity;  // TLS, with this certificate
    std::string greeting;                          // sent before a request is read
    std::string address = "127.0.0.1";             // IPv4 only
    uint16_t port = 0;                             // 0: any free one
  };
  TestServer(Options options, Script script);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  // Answers every request with these octets.
  static Script Always(std::string response);

  uint16_t port() const { return listener_->port(); }
  std::vector<std::string> requests() const;

 private:
  struct Tls;
  void Serve(int fd);

  const Options options_;
  const Script script_;
  std::unique_ptr<Tls> tls_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::optional<testing::Listener> listener_;
};

}  // namespace cairn::http
