#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/crypto/judge.h"
#include "libs/x509/csr.h"

// What our parser accepts, OpenSSL must accept and verify too.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view der(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<cairn::x509::Csr> csr = cairn::x509::Csr::Parse(der);
  if (csr.ok()) {
    INVARIANT(cairn::crypto::judge::IsCertificateRequest(der), "OpenSSL refuses the request");
    INVARIANT(!csr->names().empty(), "a request without names is refused");
  }
  return 0;
}
