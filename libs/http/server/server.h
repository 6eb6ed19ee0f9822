#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/clock.h"

namespace cairn::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // "POST"; case matters (RFC 9110 section 9.1)
  std::string target;  // as sent: "/directory?x=y"
  Headers headers;
  std::string body;
  std::string client_address;  // without the port

  // The first header of that name, in any case; empty if there is none.
  std::string_view Header(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type;  // none if empty
  // Names and values must hold neither CR nor LF. Date, Content-Length, Connection
  // and Content-Type are the server's.
  Headers headers;
  std::string body;
};

// What serves the requests of a Server.
class Handler {
 public:
  virtual ~Handler() = default;

  // Called on the server's one thread: must not block. `reply` may be called from
  // any thread, at once or later; a second call, or one that comes after the
  // connection was given up, does nothing.
  virtual void Handle(Request request, std::function<void(Response)> reply) = 0;
  // The answer to what is no request that Handle could see: status 400, 413, 417
  // or 431. The connection is closed after it. Must not block.
  virtual Response Refuse(int status) = 0;
};

// The files of a server certificate, PEM.
struct TlsFiles {
  std::string certificate;  // the chain, leaf first
  std::string key;          // readable by its owner only
};

// An HTTP/1.1 server with keep-alive, in clear or over TLS 1.2 and 1.3. One thread
// does all input and output, so whatever takes time belongs on a pool of the
// handler. Thread-safe.
//
// A client that is slow to send its request or to read its answer, or is idle for
// too long, loses its connection. Requests that are pipelined are served one after
// the other. New TLS files are taken up within a few seconds; as long as they are
// wrong, the old ones stay in use.
class Server {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    uint16_t port = 0;  // 0: any free one
    std::optional<TlsFiles> tls;
    // When there are more, the one that is idle for longest goes.
    size_t max_connections = 2000;
    size_t header_limit = 8 * 1024;
    size_t body_limit = 64 * 1024;
    absl::Duration idle_timeout = absl::Seconds(60);    // between two requests
    absl::Duration read_timeout = absl::Seconds(10);    // from a request's first octet to its last
    absl::Duration handle_timeout = absl::Seconds(60);  // until `reply` is called
    absl::Duration write_timeout = absl::Seconds(10);
    absl::Duration drain_timeout = absl::Seconds(10);  // for what runs when Stop is called
  };

  // Opens the port and reads the TLS files. kMalformed for options that can't be
  // right, kUnavailable for a port that is taken. Both references must outlive the
  // server.
  static absl::StatusOr<std::unique_ptr<Server>> Listen(const Options& options, Handler& handler,
                                                        const base::Clock& clock);
  // As Stop. No `reply` may be called any more.
  virtual ~Server() = default;

  // Begins to serve. Once.
  virtual void Start() = 0;
  // Accepts nothing more, lets running requests end for drain_timeout, closes
  // everything. Safe to call twice.
  virtual void Stop() = 0;

  // "127.0.0.1:14000"
  virtual std::string address() const = 0;
  virtual size_t connections() const = 0;
};

}  // namespace cairn::http
