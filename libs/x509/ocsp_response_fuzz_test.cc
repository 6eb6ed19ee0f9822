#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/crypto/judge_ocsp.h"
#include "libs/x509/ocsp_response.h"

// Where both our parser and OpenSSL's read a response, they read the same; and
// what ours read composes to the octets that it was.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace judge = cairn::crypto::judge;
  using cairn::x509::OcspResponse;
  const std::string_view der(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<OcspResponse> ours = OcspResponse::Parse(der);
  if (!ours.ok()) return 0;
  const cairn::x509::OcspContent& content = ours->content();
  if (content.this_update < content.next_update) {
    const std::string again = cairn::x509::ComposeOcspResponse(
        cairn::x509::ComposeOcspData(content), ours->algorithm(), "x", std::nullopt);
    INVARIANT(OcspResponse::Parse(again).ok(), "what is composed of what was read is read");
  }
  const absl::StatusOr<judge::OcspResponse> theirs = judge::ReadOcspResponse(der);
  if (!theirs.ok()) return 0;
  INVARIANT(theirs->data_der == ours->data_der(), "they see other signed bytes");
  INVARIANT(theirs->revoked == content.revoked.has_value(), "they see another status");
  INVARIANT(theirs->serial == content.certificate.serial, "they see another certificate");
  INVARIANT(theirs->next_update == content.next_update, "they see another end");
  return 0;
}
