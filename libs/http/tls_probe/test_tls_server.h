#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/testing/listener.h"

namespace cairn::http {

// The parts of a client's first message (RFC 8446 section 4.1.2) that tests ask for.
struct ClientHello {
  uint16_t legacy_version = 0;
  std::map<uint16_t, std::string> extensions;  // extension_data by type

  // As it was sent, with the header of a handshake message; INVARIANT if it's none.
  static ClientHello Parse(std::string_view message);
};

// What a server saw of one connection.
struct ServerView {
  std::string client_hello;  // empty if none came
  bool handshake_done = false;
  std::string application_data;   // that came after it
  bool closed_by_notify = false;  // the client said that it closes
};

// A server on a free port of loopback that does a TLS handshake with each
// connection, one after the other, in ways of which some are wrong. Thread-safe.
class TestTlsServer {
 public:
  struct Options {
    bool v6 = false;
    std::string certificate_der, key_pem;
    std::vector<std::string> chain_der;  // sent after the certificate
    uint16_t min_version = 0x0303, max_version = 0x0304;
    // What it selects, offered or not; nothing: it knows no ALPN.
    std::optional<std::string> alpn = "acme-tls/1";
    bool refuse_alpn = false;  // the alert no_application_protocol
  };
  explicit TestTlsServer(Options options);

  // The server's side of a connection without TLS.
  class Connection {
   public:
    explicit Connection(int fd) : fd_(fd) {}
    // Up to one record of TLS; what came until the client closed.
    std::string ReadSome();
    // False when the client has gone.
    bool Write(std::string_view data);
    // Whether the client closes, or breaks, the connection in this time.
    bool EndsWithin(std::chrono::milliseconds time);
    void WaitForEnd();

   private:
    const int fd_;
  };
  using Script = std::function<void(Connection&)>;
  // One that does what the script says in place of TLS.
  explicit TestTlsServer(Script script);

  ~TestTlsServer();
  TestTlsServer(const TestTlsServer&) = delete;
  TestTlsServer& operator=(const TestTlsServer&) = delete;

  uint16_t port() const { return listener_->port(); }
  // Connections that have come to their end.
  std::vector<ServerView> Views() const;
  // Blocks until there are that many, and gives the last of them.
  ServerView WaitForView(size_t count) const;

 private:
  struct Tls;
  TestTlsServer(Options options, Script script);
  void Accepted(int fd);
  ServerView Serve(int fd) const;

  const Options options_;
  const Script script_;
  std::unique_ptr<Tls> tls_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<ServerView> views_;
  std::optional<testing::Listener> listener_;
};

}  // namespace cairn::http
