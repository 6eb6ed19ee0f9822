#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/crypto/judge.h"
#include "libs/x509/crl.h"

// Where both our parser and OpenSSL's read a CRL, they read the same; and what
// ours read composes to CRLs that it reads again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace judge = cairn::crypto::judge;
  using cairn::x509::Crl;
  const std::string_view der(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<Crl> ours = Crl::Parse(der);
  if (!ours.ok()) return 0;
  if (ours->content().this_update <= ours->content().next_update) {
    const std::string again = cairn::x509::ComposeCrl(
        cairn::x509::ComposeTbsCertList(ours->content()), ours->content().algorithm, "x");
    INVARIANT(Crl::Parse(again).ok(), "what is composed of a CRL that was read is read");
  }
  const absl::StatusOr<judge::Crl> theirs = judge::ReadCrl(der);
  if (!theirs.ok()) return 0;
  INVARIANT(theirs->tbs_der == ours->tbs_der(), "they see other signed bytes");
  INVARIANT(theirs->issuer_der == ours->content().issuer_der, "they see another issuer");
  INVARIANT(theirs->next_update == ours->content().next_update, "they see another end");
  INVARIANT(theirs->entries == ours->content().revoked.size(), "they see other entries");
  return 0;
}
