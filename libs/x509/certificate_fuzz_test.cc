#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/crypto/judge.h"
#include "libs/x509/certificate.h"

// Where both our parser and OpenSSL's read a certificate, they read the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace judge = cairn::crypto::judge;
  const std::string_view der(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<cairn::x509::Certificate> ours = cairn::x509::Certificate::Parse(der);
  if (!ours.ok()) return 0;
  const absl::StatusOr<judge::Certificate> theirs = judge::ReadCertificate(der);
  if (!theirs.ok()) return 0;
  INVARIANT(theirs->tbs_der == ours->tbs_der(), "they see other signed bytes");
  INVARIANT(theirs->spki_der == ours->public_key().spki_der(), "they see another key");
  INVARIANT(theirs->issuer_der == ours->tbs().issuer_der, "they see another issuer");
  INVARIANT(theirs->subject_der == ours->tbs().subject_der, "they see another subject");
  INVARIANT(theirs->not_after == ours->tbs().not_after, "they see another end");
  return 0;
}
