#include "libs/http/client/test_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "libs/base/invariant.h"

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
  ~Tls() { SSL_CTX_free(context); }
};

TestServer::TestServer(Options options, Script script)
    : options_(std::move(options)), script_(std::move(script)) {
  if (options_.tls) tls_ = std::make_unique<Tls>();
  listener_ = socket(options_.v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(options_.port);
  INVARIANT(inet_pton(AF_INET, options_.address.c_str(), &v4.sin_addr) == 1, "an IPv4 address");
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  auto* address = options_.v6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  socklen_t size = options_.v6 ? sizeof v6 : sizeof v4;
  INVARIANT(bind(listener_, address, size) == 0 && listen(listener_, 16) == 0,
            "loopback has a free port");
  getsockname(listener_, address, &size);
  port_ = ntohs(options_.v6 ? v6.sin6_port : v4.sin_port);
  int stop[2];
  INVARIANT(pipe(stop) == 0, "a test has file descriptors");
  stop_read_ = stop[0];
  stop_write_ = stop[1];
  thread_ = std::jthread([this] { Run(); });
}

TestServer::~TestServer() {
  close(stop_write_);
  thread_.join();
  close(listener_);
  close(stop_read_);
}

TestServer::Script TestServer::Always(std::string response) {
  return [response = std::move(response)](Connection& connection, const std::string&) {
    connection.Write(response);
  };
}

std::vector<std::string> TestServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

void TestServer::Run() {
  pollfd wait[] = {{.fd = listener_, .events = POLLIN}, {.fd = stop_read_, .events = POLLIN}};
  while (poll(wait, 2, -1) >= 0 && wait[1].revents == 0) {
    const int fd = accept(listener_, nullptr, nullptr);
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
    connection.reset();
    close(fd);
  }
}

}  // namespace cairn::http
