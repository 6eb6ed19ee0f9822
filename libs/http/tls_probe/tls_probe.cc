#include "libs/http/tls_probe/tls_probe.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "libs/crypto/openssl.h"
#include "libs/errors/errors.h"
#include "libs/http/client/socket.h"
#include "libs/http/client/stream.h"

namespace cairn::http {

using errors::Reason;

struct OpenSslTlsProbe::Tls {
  std::unique_ptr<SSL_CTX, crypto::Deleter<SSL_CTX_free>> context;
};

namespace {

// Takes every chain, without a look at it: SSL_VERIFY_NONE alone would build and
// check one, and then ignore the result.
int TakeAnyChain(X509_STORE_CTX*, void*) { return 1; }

// What the handshake agreed on.
absl::Status Describe(ssl_st* tls, ProbeOutcome& outcome) {
  outcome.protocol = SSL_get_version(tls);
  const unsigned char* alpn = nullptr;
  unsigned alpn_size = 0;
  SSL_get0_alpn_selected(tls, &alpn, &alpn_size);
  if (alpn_size > 0) outcome.alpn.assign(reinterpret_cast<const char*>(alpn), alpn_size);

  X509* certificate = SSL_get0_peer_certificate(tls);
  unsigned char* encoded = nullptr;
  // What is signed comes out as it came in: OpenSSL keeps those octets.
  const int size = certificate == nullptr ? 0 : i2d_X509(certificate, &encoded);
  const crypto::OpenSslBytes owner(encoded);
  if (size <= 0) {
    crypto::ClearOpenSslErrors();
    return errors::Make(Reason::kTls, "the server has no certificate");
  }
  outcome.certificate_der.assign(reinterpret_cast<const char*>(encoded), static_cast<size_t>(size));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<OpenSslTlsProbe>> OpenSslTlsProbe::Create(Options options,
                                                                         const base::Clock& clock) {
  // OpenSSL writes to sockets without MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  auto tls = std::make_unique<Tls>();
  tls->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = tls->context.get();
  // RFC 8737 section 4: TLS 1.2 or higher.
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1) {
    return crypto::OpenSslError("no TLS context");
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_cert_verify_callback(context, TakeAnyChain, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_max_cert_list(context, static_cast<long>(options.chain_limit));
  return std::unique_ptr<OpenSslTlsProbe>(
      new OpenSslTlsProbe(std::move(options), clock, std::move(tls)));
}

OpenSslTlsProbe::OpenSslTlsProbe(Options options, const base::Clock& clock,
                                 std::unique_ptr<Tls> tls)
    : options_(std::move(options)), clock_(clock), tls_(std::move(tls)) {}

OpenSslTlsProbe::~OpenSslTlsProbe() = default;

ProbeOutcome OpenSslTlsProbe::Handshake(const base::Call& call, const ProbeRequest& request) {
  ProbeOutcome outcome;
  const auto began = Socket::Steady::now();
  const absl::Duration total = std::min(call.Left(clock_), options_.total_timeout);
  const auto until = began + absl::ToChronoNanoseconds(total);
  const auto connect_until =
      began + absl::ToChronoNanoseconds(std::min(total, options_.connect_timeout));

  Socket socket(request.address, request.port);
  outcome.status = socket.Connect(connect_until);
  if (!outcome.status.ok()) return outcome;
  outcome.connected = true;
  Stream stream(socket, until);
  outcome.status = stream.Handshake(
      {.context = tls_->context.get(), .server_name = request.server_name, .alpn = request.alpn});
  if (!outcome.status.ok()) return outcome;
  outcome.status = Describe(stream.tls(), outcome);
  // RFC 8737 section 3: closed at once. The close_notify goes out if there is room
  // for it, and nobody waits for the server's.
  SSL_shutdown(stream.tls());
  crypto::ClearOpenSslErrors();
  return outcome;
}

}  // namespace cairn::http
