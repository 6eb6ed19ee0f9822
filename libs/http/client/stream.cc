#include "libs/http/client/stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::http {
namespace {

using errors::Reason;

absl::Status ConnectionError(std::string_view detail) {
  return errors::Make(Reason::kConnection, detail);
}
absl::Status TlsError(std::string_view detail) { return errors::Make(Reason::kTls, detail); }

bool IsUnexpectedEnd(int error) {
  return (error == SSL_ERROR_SYSCALL && errno == 0) ||
         (error == SSL_ERROR_SSL &&
          ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
}

// What OpenSSL's latest error means, for people.
std::string WhyTlsFailed(int error) {
  if (IsUnexpectedEnd(error)) return "connection closed";
  if (error == SSL_ERROR_SYSCALL) return NameOfErrno(errno);
  const auto code = ERR_peek_last_error();
  const int reason = ERR_GET_REASON(code);
  // An alert of the peer is reported as a reason above this offset.
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET) {
    return base::Cat("the server sent the alert \"",
                     SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET), "\"");
  }
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason == SSL_R_WRONG_VERSION_NUMBER) {
    return "what the server sent is not TLS";
  }
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason == SSL_R_BAD_EXTENSION) {
    return "the server sent a wrong extension, such as a protocol (ALPN) that was not offered,";
  }
  const char* text = ERR_reason_error_string(code);
  return text == nullptr ? "connection closed" : text;
}

}  // namespace

// A server that sends without a pause what TLS has a client ignore (HelloRequest,
// session tickets) would keep OpenSSL inside one call for ever: so time is looked
// at before each read of the socket.
// NOLINTNEXTLINE: the parameters that OpenSSL wants
long Stream::BeforeRead(BIO* bio, int operation, const char*, size_t, int, long, int result,
                        size_t*) {
  if (operation != BIO_CB_READ) return result;
  const auto* stream = reinterpret_cast<const Stream*>(BIO_get_callback_arg(bio));
  if (Socket::Steady::now() < stream->until_) return result;
  BIO_clear_retry_flags(bio);
  return -1;
}

Stream::~Stream() { SSL_free(ssl_); }

absl::Status Stream::Handshake(const ClientTls& tls) {
  ERR_clear_error();
  ssl_ = SSL_new(tls.context);
  if (ssl_ == nullptr || SSL_set_fd(ssl_, socket_.fd()) != 1) return TlsError("no memory");
  BIO_set_callback_ex(SSL_get_rbio(ssl_), &BeforeRead);
  BIO_set_callback_arg(SSL_get_rbio(ssl_), reinterpret_cast<char*>(this));
  if (!tls.server_name.empty()) {
    // SSL_set1_host is looked at only if the context verifies peers.
    if (SSL_set_tlsext_host_name(ssl_, tls.server_name.c_str()) != 1 ||
        SSL_set1_host(ssl_, tls.server_name.c_str()) != 1) {
      ERR_clear_error();
      return TlsError("the name can't be sent in TLS");
    }
  }
  if (!tls.alpn.empty()) {
    // RFC 7301 section 3.1: each protocol after its length.
    const std::string list = static_cast<char>(tls.alpn.size()) + tls.alpn;
    // This function's zero is success.
    if (SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(list.data()),
                            static_cast<unsigned>(list.size())) != 0) {
      ERR_clear_error();
      return TlsError("the protocol can't be offered in TLS");
    }
  }
  while (true) {
    const int result = SSL_connect(ssl_);
    if (result == 1) return absl::OkStatus();
    const absl::Status status = WaitForTls(result, "during the TLS handshake");
    if (!status.ok()) return status;
  }
}

absl::Status Stream::WriteAll(std::string_view data) {
  while (!data.empty()) {
    if (ssl_ != nullptr) {
      const int written = SSL_write(ssl_, data.data(), static_cast<int>(data.size()));
      if (written > 0) {
        data.remove_prefix(static_cast<size_t>(written));
      } else if (absl::Status s = WaitForTls(written, "while sending the request"); !s.ok()) {
        return s;
      }
      continue;
    }
    const ssize_t written = send(socket_.fd(), data.data(), data.size(), MSG_NOSIGNAL);
    if (written >= 0) {
      data.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      if (!socket_.Wait(POLLOUT, until_)) return ConnectionError("timed out while sending");
    } else if (errno != EINTR) {
      return ConnectionError(NameOfErrno(errno));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> Stream::Read(std::span<char> out) {
  while (true) {
    if (ssl_ != nullptr) {
      const int size = SSL_read(ssl_, out.data(), static_cast<int>(out.size()));
      if (size > 0) return static_cast<size_t>(size);
      const int error = SSL_get_error(ssl_, size);
      // Many servers close without a close_notify; HTTP's framing tells
      // whether something is missing.
      if (error == SSL_ERROR_ZERO_RETURN || IsUnexpectedEnd(error)) return 0;
      if (absl::Status s = WaitForTls(size, "while reading the response"); !s.ok()) return s;
      continue;
    }
    // Nothing can have come yet, so wait first: it saves a call that fails.
    if (!socket_.Wait(POLLIN, until_)) return ConnectionError("timed out waiting for a response");
    const ssize_t size = recv(socket_.fd(), out.data(), out.size(), 0);
    if (size >= 0) return static_cast<size_t>(size);
    if (errno != EAGAIN && errno != EINTR) return ConnectionError(NameOfErrno(errno));
  }
}

bool Stream::IsQuiet() {
  pollfd wait{.fd = socket_.fd(), .events = POLLIN};
  if (poll(&wait, 1, 0) == 0) return true;
  if (ssl_ == nullptr) return false;
  // TLS has things to say of its own, such as session tickets.
  char octet;
  const int size = SSL_peek(ssl_, &octet, 1);
  const bool quiet = size <= 0 && SSL_get_error(ssl_, size) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  return quiet;
}

absl::Status Stream::WaitForTls(int result, std::string_view when) {
  const int error = SSL_get_error(ssl_, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    if (socket_.Wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until_)) {
      return absl::OkStatus();
    }
    return ConnectionError(base::Cat("timed out ", when));
  }
  if (Socket::Steady::now() >= until_) {
    ERR_clear_error();
    return ConnectionError(base::Cat("timed out ", when));
  }
  const std::string why = WhyTlsFailed(error);
  ERR_clear_error();
  return TlsError(base::Cat(why, " ", when));
}

}  // namespace cairn::http
