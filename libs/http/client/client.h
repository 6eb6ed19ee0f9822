#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <string>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/ip_address.h"

namespace cairn::http {

// One GET to an address that the caller has chosen and checked.
struct GetRequest {
  base::IpAddress address;
  uint16_t port = 80;
  bool https = false;
  std::string server_name;  // for TLS SNI; empty for IP addresses
  std::string host;         // the Host field
  std::string target;       // "/path?query": printable ASCII without space
  size_t body_limit = 0;    // octets of the body that are wanted
};

struct GetResponse {
  int status = 0;
  std::string location;  // the Location field; empty: none
  std::string body;      // at most body_limit octets
  bool whole = false;    // the body ended within body_limit
};

// What came of it. Where `connected` is false nothing was sent, and another
// address may be tried.
struct GetOutcome {
  bool connected = false;
  absl::Status status;   // kConnection or kTls
  GetResponse response;  // if status is OK
};

// The web, as seen from here. Thread-safe.
class Web {
 public:
  virtual ~Web() = default;
  // Blocks at most until call.deadline. Never follows a redirect.
  virtual GetOutcome Get(const base::Call& call, const GetRequest& request) = 0;
};

// HTTP/1.1 over a socket of its own for each request, closed after it. The
// certificate of an https server is not verified: what is fetched is public, and
// who may be asked was decided before (VAL-32).
class Client final : public Web {
 public:
  struct Options {
    std::string user_agent;
    absl::Duration connect_timeout = absl::Seconds(5);
    absl::Duration total_timeout = absl::Seconds(10);  // of one request, connecting included
    size_t header_limit = 8 * 1024;                    // more has no effect
  };

  // Fails (kInternal) only if TLS can't be set up.
  static absl::StatusOr<std::unique_ptr<Client>> Create(Options options, const base::Clock& clock);
  ~Client() override;

  GetOutcome Get(const base::Call& call, const GetRequest& request) override;

 private:
  struct Tls;
  Client(Options options, const base::Clock& clock, std::unique_ptr<Tls> tls);

  const Options options_;
  const base::Clock& clock_;
  const std::unique_ptr<Tls> tls_;
};

}  // namespace cairn::http
