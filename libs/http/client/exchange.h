#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "libs/base/ip_address.h"

struct ssl_ctx_st;

namespace cairn::http {

// One HTTP/1.1 request over a connection of its own, and its response. What the
// clients of this package share; not for others.
struct Exchange {
  base::IpAddress address;
  uint16_t port = 80;
  ssl_ctx_st* tls = nullptr;  // null: in clear
  std::string server_name;    // for SNI, and for verification if `tls` asks for it
  std::string request;        // head and body, as sent
  size_t header_limit = 0;
  size_t body_limit = 0;  // octets of the body that are wanted
  std::chrono::steady_clock::time_point connect_until;
  std::chrono::steady_clock::time_point until;
  int cancel_fd = -1;  // readable: give up
};

struct ExchangeOutcome {
  bool connected = false;
  absl::Status status;  // kConnection or kTls
  int http_status = 0;
  std::string location;     // empty: none
  std::string retry_after;  // likewise
  std::string body;         // at most body_limit octets
  bool whole = false;       // the body ended within body_limit
};

ExchangeOutcome Run(const Exchange& exchange);

}  // namespace cairn::http
