#include "libs/service/tls.h"

#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <string_view>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/errors/errors.h"

namespace cairn::service {
namespace {

// How often the files are looked at.
constexpr unsigned int kRefreshSeconds = 1;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> Reading(std::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Owned<X509> FirstCertificate(std::string_view pem) {
  return Owned<X509>(PEM_read_bio_X509(Reading(pem).get(), nullptr, nullptr, nullptr));
}

// A password would otherwise be asked for on the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

}  // namespace

absl::StatusOr<std::unique_ptr<Tls>> Tls::Load(const config::Tls& files) {
  config::Checks checks;
  const std::string chain_pem = checks.File(files.certificate(), "common.tls.certificate");
  const std::string key_pem = checks.Secret(files.key(), "common.tls.key");
  const std::string ca_pem = checks.File(files.ca(), "common.tls.ca");
  if (!checks.ok()) return checks.ToStatus();

  const Owned<X509> certificate = FirstCertificate(chain_pem);
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(Reading(key_pem).get(), nullptr, NoPassword, nullptr));
  checks.Require(certificate != nullptr, "common.tls.certificate",
                 base::Cat(files.certificate(), ": holds no PEM certificate"));
  checks.Require(key != nullptr, "common.tls.key",
                 base::Cat(files.key(), ": holds no PEM private key without a password"));
  checks.Require(FirstCertificate(ca_pem) != nullptr, "common.tls.ca",
                 base::Cat(files.ca(), ": holds no PEM certificate"));
  if (certificate != nullptr && key != nullptr) {
    checks.Require(X509_check_private_key(certificate.get(), key.get()) == 1, "common.tls.key",
                   base::Cat(files.key(), ": is not the key of ", files.certificate()));
  }
  ERR_clear_error();
  if (!checks.ok()) return checks.ToStatus();
  return std::unique_ptr<Tls>(new Tls(files));
}

Tls::Tls(const config::Tls& files)
    : provider_(std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          files.key(), files.certificate(), files.ca(), kRefreshSeconds)) {}

std::shared_ptr<grpc::ServerCredentials> Tls::Server() const {
  grpc::experimental::TlsServerCredentialsOptions options(provider_);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  // Callers are judged by the allow-list, call by call.
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  options.set_check_call_host(false);
  return grpc::experimental::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> Tls::Channel() const {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(provider_);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(true);
  options.set_certificate_verifier(
      std::make_shared<grpc::experimental::HostNameCertificateVerifier>());
  // The handshake has verified the one name that all calls of a channel have.
  options.set_check_call_host(false);
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace cairn::service
