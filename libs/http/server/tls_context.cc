#include "libs/http/server/tls_context.h"

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <boost/asio/buffer.hpp>
#include <boost/system/system_error.hpp>
#include <string_view>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/values.h"
#include "libs/errors/errors.h"

namespace cairn::http {
namespace {

namespace ssl = boost::asio::ssl;

// RFC 9325 section 4.2; the suites of TLS 1.3 are all good.
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
// RFC 7301 section 3.1: the name with its length before it.
constexpr std::string_view kHttp11("\x08http/1.1", 9);

int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* in, unsigned int in_size, void*) {
  unsigned char* chosen = nullptr;
  const int result = SSL_select_next_proto(&chosen, out_size,
                                           reinterpret_cast<const unsigned char*>(kHttp11.data()),
                                           static_cast<unsigned int>(kHttp11.size()), in, in_size);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

absl::Status Unusable(std::string_view file, const boost::system::error_code& error) {
  return errors::Make(errors::Reason::kMalformed,
                      base::Cat(file, " can't be used for TLS: ", error.message()));
}

std::string FileState(const std::string& path) {
  struct stat state {};
  if (stat(path.c_str(), &state) != 0) return "-";
  return base::Cat(state.st_ino, ".", state.st_size, ".", state.st_mtim.tv_sec, ".",
                   state.st_mtim.tv_nsec);
}

}  // namespace

absl::StatusOr<std::shared_ptr<ssl::context>> MakeTlsContext(const TlsFiles& files) {
  ASSIGN_OR_RETURN(const std::string chain, config::ReadFile(files.certificate));
  ASSIGN_OR_RETURN(const std::string key, config::ReadSecretFile(files.key));
  std::shared_ptr<ssl::context> context;
  try {
    context = std::make_shared<ssl::context>(ssl::context::tls_server);
  } catch (const boost::system::system_error& error) {
    return errors::Make(errors::Reason::kInternal, base::Cat("no TLS context: ", error.what()));
  }
  boost::system::error_code error;
  context->use_certificate_chain(boost::asio::buffer(chain), error);
  if (error) return Unusable(files.certificate, error);
  context->use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
  if (error) return Unusable(files.key, error);
  SSL_CTX* const native = context->native_handle();
  if (SSL_CTX_check_private_key(native) != 1) {
    return errors::Make(errors::Reason::kMalformed,
                        base::Cat(files.key, " is not the key of ", files.certificate));
  }
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(native, kCiphers);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Idle connections are many: they keep no buffers.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(native, &SelectProtocol, nullptr);
  return context;
}

std::string Fingerprint(const TlsFiles& files) {
  return base::Cat(FileState(files.certificate), " ", FileState(files.key));
}

}  // namespace cairn::http
