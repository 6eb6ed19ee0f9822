#include "libs/http/tls_probe/test_tls_server.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/crypto/openssl.h"

namespace cairn::http {
namespace {

using ContextPtr = std::unique_ptr<SSL_CTX, crypto::Deleter<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, crypto::Deleter<SSL_free>>;

// Takes `size` octets from the front.
std::string_view Take(std::string_view& rest, size_t size) {
  INVARIANT(rest.size() >= size, "OpenSSL's client writes whole messages");
  const std::string_view out = rest.substr(0, size);
  rest.remove_prefix(size);
  return out;
}

size_t TakeNumber(std::string_view& rest, size_t size) {
  size_t number = 0;
  for (const char c : Take(rest, size)) number = number << 8 | static_cast<uint8_t>(c);
  return number;
}

crypto::X509Ptr ParseCertificate(const std::string& der) {
  const unsigned char* data = crypto::Octets(der);
  crypto::X509Ptr certificate(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
  INVARIANT(certificate != nullptr, "tests give certificates that OpenSSL parses");
  return certificate;
}

void KeepClientHello(int sent, int, int content_type, const void* data, size_t size, SSL*,
                     void* view) {
  const std::string_view message(static_cast<const char*>(data), size);
  if (sent == 0 && content_type == SSL3_RT_HANDSHAKE && message.starts_with('\x01')) {
    static_cast<ServerView*>(view)->client_hello = message;
  }
}

int SelectAlpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char*,
               unsigned, void* argument) {
  const auto& options = *static_cast<const TestTlsServer::Options*>(argument);
  if (options.refuse_alpn) return SSL_TLSEXT_ERR_ALERT_FATAL;
  if (!options.alpn) return SSL_TLSEXT_ERR_NOACK;
  *out = crypto::Octets(*options.alpn);
  *out_size = static_cast<unsigned char>(options.alpn->size());
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

ClientHello ClientHello::Parse(std::string_view message) {
  ClientHello hello;
  INVARIANT(TakeNumber(message, 1) == 1, "the first message is a ClientHello");
  INVARIANT(TakeNumber(message, 3) == message.size(), "it has its length");
  hello.legacy_version = static_cast<uint16_t>(TakeNumber(message, 2));
  Take(message, 32);                      // random
  Take(message, TakeNumber(message, 1));  // legacy_session_id
  Take(message, TakeNumber(message, 2));  // cipher_suites
  Take(message, TakeNumber(message, 1));  // legacy_compression_methods
  INVARIANT(TakeNumber(message, 2) == message.size(), "extensions are the rest");
  while (!message.empty()) {
    const auto type = static_cast<uint16_t>(TakeNumber(message, 2));
    const std::string data(Take(message, TakeNumber(message, 2)));
    INVARIANT(hello.extensions.emplace(type, data).second, "no extension comes twice");
  }
  return hello;
}

std::string TestTlsServer::Connection::ReadSome() {
  std::string data(17 * 1024, '\0');
  const ssize_t size = recv(fd_, data.data(), data.size(), 0);
  data.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return data;
}

bool TestTlsServer::Connection::Write(std::string_view data) {
  while (!data.empty()) {
    const ssize_t size = send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    data.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

bool TestTlsServer::Connection::EndsWithin(std::chrono::milliseconds time) {
  // The client sends nothing after its hello but the end.
  pollfd wait{.fd = fd_, .events = POLLRDHUP};
  return poll(&wait, 1, static_cast<int>(time.count())) > 0;
}

void TestTlsServer::Connection::WaitForEnd() {
  while (!ReadSome().empty()) continue;
}

struct TestTlsServer::Tls {
  ContextPtr context;
};

TestTlsServer::TestTlsServer(Options options) : TestTlsServer(std::move(options), nullptr) {}
TestTlsServer::TestTlsServer(Script script) : TestTlsServer({}, std::move(script)) {}

TestTlsServer::TestTlsServer(Options options, Script script)
    : options_(std::move(options)), script_(std::move(script)), tls_(std::make_unique<Tls>()) {
  std::signal(SIGPIPE, SIG_IGN);
  tls_->context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = tls_->context.get();
  // At its default level OpenSSL has no TLS 1.1.
  SSL_CTX_set_cipher_list(context, "DEFAULT@SECLEVEL=0");
  SSL_CTX_set_min_proto_version(context, options_.min_version);
  SSL_CTX_set_max_proto_version(context, options_.max_version);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_alpn_select_cb(context, SelectAlpn, const_cast<Options*>(&options_));
  if (!script_) {
    const crypto::X509Ptr certificate = ParseCertificate(options_.certificate_der);
    const crypto::BioPtr pem = crypto::ReadOnlyBio(options_.key_pem);
    const crypto::PkeyPtr key(PEM_read_bio_PrivateKey(pem.get(), nullptr, nullptr, nullptr));
    INVARIANT(SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
                  SSL_CTX_use_PrivateKey(context, key.get()) == 1,
              "tests give a certificate with its key");
    for (const std::string& der : options_.chain_der) {
      SSL_CTX_add_extra_chain_cert(context, ParseCertificate(der).release());
    }
  }

  listener_.emplace(testing::Listener::Options{.v6 = options_.v6},
                    [this](int fd) { Accepted(fd); });
}

TestTlsServer::~TestTlsServer() = default;

std::vector<ServerView> TestTlsServer::Views() const {
  std::lock_guard lock(mutex_);
  return views_;
}

ServerView TestTlsServer::WaitForView(size_t count) const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return views_.size() >= count; });
  return views_[count - 1];
}

void TestTlsServer::Accepted(int fd) {
  ServerView view;
  if (script_) {
    Connection connection(fd);
    script_(connection);
  } else {
    view = Serve(fd);
  }
  std::lock_guard lock(mutex_);
  views_.push_back(std::move(view));
  changed_.notify_all();
}

ServerView TestTlsServer::Serve(int fd) const {
  ServerView view;
  const SslPtr ssl(SSL_new(tls_->context.get()));
  SSL_set_fd(ssl.get(), fd);
  SSL_set_msg_callback(ssl.get(), KeepClientHello);
  SSL_set_msg_callback_arg(ssl.get(), &view);
  view.handshake_done = SSL_accept(ssl.get()) == 1;
  if (view.handshake_done) {
    char buffer[1024];
    int size = 0;
    while ((size = SSL_read(ssl.get(), buffer, sizeof buffer)) > 0) {
      view.application_data.append(buffer, static_cast<size_t>(size));
    }
    view.closed_by_notify = SSL_get_error(ssl.get(), size) == SSL_ERROR_ZERO_RETURN;
  }
  crypto::ClearOpenSslErrors();
  return view;
}

}  // namespace cairn::http
