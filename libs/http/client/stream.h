#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "libs/http/client/socket.h"

struct bio_st;
struct ssl_ctx_st;
struct ssl_st;

namespace cairn::http {

// What a client says in its hello, over what the context says.
struct ClientTls {
  ssl_ctx_st* context = nullptr;
  std::string server_name;  // for SNI, and for verification if the context verifies
  std::string alpn;         // the one protocol to offer; empty: none
};

// The octets that go over a connected socket, in clear or in TLS. Each step waits
// at most until `until`. kConnection for time-outs and, in clear, for lost
// connections; kTls for all that goes wrong inside TLS.
class Stream {
 public:
  // The socket must outlive this.
  Stream(const Socket& socket, Socket::Steady::time_point until) : socket_(socket), until_(until) {}
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void WaitUntil(Socket::Steady::time_point until) { until_ = until; }
  absl::Status Handshake(const ClientTls& tls);
  absl::Status WriteAll(std::string_view data);
  // 0 at the end of the stream.
  absl::StatusOr<size_t> Read(std::span<char> out);

  // Whether the other side has neither sent anything to be read nor closed. Does not
  // wait.
  bool IsQuiet();

  // Null before Handshake.
  ssl_st* tls() const { return ssl_; }

 private:
  // NOLINTNEXTLINE: OpenSSL's types
  static long BeforeRead(bio_st* bio, int operation, const char*, size_t, int, long, int result,
                         size_t*);
  absl::Status WaitForTls(int result, std::string_view when);

  const Socket& socket_;
  Socket::Steady::time_point until_;
  ssl_st* ssl_ = nullptr;
};

}  // namespace cairn::http
