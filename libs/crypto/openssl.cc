#include "libs/crypto/openssl.h"

#include <openssl/bio.h>
#include <openssl/err.h>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::crypto {

absl::Status OpenSslError(std::string_view what) {
  std::string detail(what);
  char text[256];
  while (const unsigned long code = ERR_get_error()) {
    ERR_error_string_n(code, text, sizeof text);
    detail += base::Cat(": ", text);
  }
  return errors::Make(errors::Reason::kInternal, detail);
}

void ClearOpenSslErrors() { ERR_clear_error(); }

BioPtr ReadOnlyBio(std::string_view bytes) {
  return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

}  // namespace cairn::crypto
