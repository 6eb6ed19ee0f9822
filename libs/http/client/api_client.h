#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/ip_address.h"
#include "libs/http/client/idle_connections.h"

namespace cairn::http {

// Lets another thread end a request that is under way. Thread-safe.
class Cancellation {
 public:
  Cancellation();
  ~Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  void Cancel();
  bool cancelled() const;
  int fd() const { return fd_; }  // readable once cancelled

 private:
  const int fd_;
};

struct ApiRequest {
  std::string method = "GET";
  std::string url;  // "https://host[:port]/path?query", or http
  std::string content_type;
  std::string body;       // of a POST
  size_t body_limit = 0;  // of the response: a longer one is an error
  // The server may get it twice: it may go over a connection that an earlier request
  // left open, and anew over another if that one turns out to be closed.
  bool repeatable = false;
  const Cancellation* cancellation = nullptr;
};

struct ApiResponse {
  int status = 0;
  absl::Duration retry_after;  // zero: the server said nothing, or a date
  std::string body;
};

// Servers whose URLs the configuration names.
class Api {
 public:
  virtual ~Api() = default;
  // Blocks at most until call.deadline. Every HTTP status is an answer, and no
  // redirect is followed. kConnection, kTls or kDns where there is no answer;
  // kMalformed for a URL that isn't one.
  virtual absl::StatusOr<ApiResponse> Send(const base::Call& call, const ApiRequest& request) = 0;
};

// HTTP/1.1, one request at a time over each connection. The certificate of an https
// server must lead to a trusted root and have the name of the URL. Thread-safe.
class ApiClient final : public Api {
 public:
  // The addresses of a host name, not empty.
  using Resolve = std::function<absl::StatusOr<std::vector<base::IpAddress>>(
      const base::Call& call, const std::string& host)>;

  struct Options {
    std::string user_agent;
    std::string trusted_roots;  // PEM file
    absl::Duration connect_timeout = absl::Seconds(3);
    absl::Duration total_timeout = absl::Seconds(10);  // of one request, connecting included
  };

  // kMalformed for roots that can't be read.
  static absl::StatusOr<std::unique_ptr<ApiClient>> Create(Options options, Resolve resolve,
                                                           const base::Clock& clock);
  ~ApiClient() override;

  absl::StatusOr<ApiResponse> Send(const base::Call& call, const ApiRequest& request) override;

 private:
  struct Tls;
  ApiClient(Options options, Resolve resolve, const base::Clock& clock, std::unique_ptr<Tls> tls);

  const Options options_;
  const Resolve resolve_;
  const base::Clock& clock_;
  const std::unique_ptr<Tls> tls_;
  IdleConnections idle_;
};

}  // namespace cairn::http
