#include "libs/http/client/test_server.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "libs/base/invariant.h"
#include "libs/crypto/openssl.h"

namespace cairn::http {
namespace {

class Clear : public TestServer::Connection {
 public:
  explicit Clear(int fd) : fd_(fd) {}

  std::string ReadRequest() override {
    std::string request;
    char buffer[2048];
    while (request.find("\r\n\r\n") == request.npos) {
      const ssize_t size = Read(buffer, sizeof buffer);
      if (size <= 0) break;
      request.append(buffer, static_cast<size_t>(size));
    }
    return request;
  }
  bool Write(std::string_view data) override {
    while (!data.empty()) {
      const ssize_t size = send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      data.remove_prefix(static_cast<size_t>(size));
    }
    return true;
  }
  void WaitForEnd() override {
    char buffer[2048];
    while (Read(buffer, sizeof buffer) > 0) continue;
  }

 protected:
  virtual ssize_t Read(char* out, size_t size) { return recv(fd_, out, size, 0); }

 private:
  const int fd_;
};

class Encrypted final : public Clear {
 public:
  Encrypted(int fd, SSL* ssl) : Clear(fd), ssl_(ssl) {}
  ~Encrypted() override {
    SSL_shutdown(ssl_);
    SSL_free(ssl_);
  }
  bool Write(std::string_view data) override {
    return SSL_write(ssl_, data.data(), static_cast<int>(data.size())) > 0;
  }

 private:
  ssize_t Read(char* out, size_t size) override {
    return SSL_read(ssl_, out, static_cast<int>(size));
  }
  SSL* const ssl_;
};

}  // namespace

struct TestServer::Tls {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());

  // Self-signed.
  Tls() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 60);
    X509_set_pubkey(certificate, key);
    INVARIANT(X509_sign(certificate, key, EVP_sha256()) > 0, "a new key signs");
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  explicit Tls(const testing::TlsIdentity& identity) {
    const crypto::BioPtr certificate_pem = crypto::ReadOnlyBio(identity.certificate_pem);
    const crypto::BioPtr key_pem = crypto::ReadOnlyBio(identity.key_pem);
    const crypto::X509Ptr certificate(
        PEM_read_bio_X509(certificate_pem.get(), nullptr, nullptr, nullptr));
    const crypto::PkeyPtr key(PEM_read_bio_PrivateKey(key_pem.get(), nullptr, nullptr, nullptr));
    INVARIANT(SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
                  SSL_CTX_use_PrivateKey(context, key.get()) == 1,
              "a test's identity is whole");
  }
  ~Tls() { SSL_CTX_free(context); }
};

TestServer::TestServer(Options options, Script script)
    : options_(std::move(options)), script_(std::move(script)) {
  if (options_.tls) tls_ = std::make_unique<Tls>();
  if (options_.identity) tls_ = std::make_unique<Tls>(*options_.identity);
  listener_.emplace(
      testing::Listener::Options{
          .v6 = options_.v6, .address = options_.address, .port = options_.port},
      [this](int fd) { Serve(fd); });
}

TestServer::~TestServer() = default;

TestServer::Script TestServer::Always(std::string response) {
  return [response = std::move(response)](Connection& connection, const std::string&) {
    connection.Write(response);
  };
}

std::vector<std::string> TestServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

void TestServer::Serve(int fd) {
  std::unique_ptr<Connection> connection;
  if (tls_ != nullptr) {
    SSL* ssl = SSL_new(tls_->context);
    SSL_set_fd(ssl, fd);
    SSL_accept(ssl);
    connection = std::make_unique<Encrypted>(fd, ssl);
  } else {
    connection = std::make_unique<Clear>(fd);
  }
  if (!options_.greeting.empty()) connection->Write(options_.greeting);
  const std::string request = connection->ReadRequest();
  {
    std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  script_(*connection, request);
}

}  // namespace cairn::http
