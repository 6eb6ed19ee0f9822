#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/base/ip_address.h"

namespace cairn::http {

// One TLS handshake with an address that the caller has chosen and checked.
struct ProbeRequest {
  base::IpAddress address;
  uint16_t port = 443;
  std::string server_name;  // the one name of the SNI; empty: no SNI
  std::string alpn;         // the one protocol that is offered (RFC 7301)
};

// What came of it. Where `connected` is false nothing was sent, and another
// address may be tried.
struct ProbeOutcome {
  bool connected = false;
  absl::Status status;  // kConnection: nobody there, or too slow; kTls: no handshake
  // The rest if status is OK.
  std::string protocol;         // "TLSv1.2", "TLSv1.3"
  std::string alpn;             // what the server selected; empty: nothing
  std::string certificate_der;  // the server's own, first of those that it sent
};

// Servers' side of a TLS handshake, as seen from here. Thread-safe.
class TlsProbe {
 public:
  virtual ~TlsProbe() = default;
  // Blocks at most until call.deadline.
  virtual ProbeOutcome Handshake(const base::Call& call, const ProbeRequest& request) = 0;
};

// TLS 1.2 and 1.3 over a socket of its own for each handshake, closed after it
// without any application data. The certificate is not verified, as the caller
// wants to judge it; that the server has its key is.
class OpenSslTlsProbe final : public TlsProbe {
 public:
  struct Options {
    absl::Duration connect_timeout = absl::Seconds(5);
    absl::Duration total_timeout = absl::Seconds(10);  // of one handshake, connecting included
    size_t chain_limit = 32 * 1024;                    // octets of the server's Certificate message
  };

  // Fails (kInternal) only if TLS can't be set up.
  static absl::StatusOr<std::unique_ptr<OpenSslTlsProbe>> Create(Options options,
                                                                 const base::Clock& clock);
  ~OpenSslTlsProbe() override;

  ProbeOutcome Handshake(const base::Call& call, const ProbeRequest& request) override;

 private:
  struct Tls;
  OpenSslTlsProbe(Options options, const base::Clock& clock, std::unique_ptr<Tls> tls);

  const Options options_;
  const base::Clock& clock_;
  const std::unique_ptr<Tls> tls_;
};

}  // namespace cairn::http
