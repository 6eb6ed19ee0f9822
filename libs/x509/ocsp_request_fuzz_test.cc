#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/crypto/judge_ocsp.h"
#include "libs/x509/ocsp_request.h"

// What our parser reads, OpenSSL's reads too, with as many certificates.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view der(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<cairn::x509::OcspRequest> ours = cairn::x509::OcspRequest::Parse(der);
  if (!ours.ok()) return 0;
  // OpenSSL parses what ours passes over, a requestor's name for one.
  const int theirs = cairn::crypto::judge::CountOcspRequest(der);
  if (theirs < 0) return 0;
  INVARIANT(static_cast<size_t>(theirs) == ours->certificates.size(), "they see other questions");
  return 0;
}
