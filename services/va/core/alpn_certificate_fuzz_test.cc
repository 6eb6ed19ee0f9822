#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/judge.h"
#include "libs/errors/errors.h"
#include "services/va/core/alpn_certificate.h"

namespace {

// What the seeds of the corpus were made for.
cairn::core::v1::Identifier MakeIdentifier(cairn::core::v1::Identifier::Type type,
                                           const char* value) {
  cairn::core::v1::Identifier identifier;
  identifier.set_type(type);
  identifier.set_value(value);
  return identifier;
}

}  // namespace

// What is accepted OpenSSL reads in the same way: a certificate for that name
// that its own key signed. What is refused is refused in printable words.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using cairn::core::v1::Identifier;
  namespace judge = cairn::crypto::judge;
  static const std::string digest = cairn::crypto::Sha256("token.thumbprint");
  static const Identifier identifiers[] = {MakeIdentifier(Identifier::TYPE_DNS, "a.test"),
                                           MakeIdentifier(Identifier::TYPE_IP, "192.0.2.1")};
  const std::string_view der(reinterpret_cast<const char*>(data), size);
  for (const Identifier& identifier : identifiers) {
    const absl::Status status = cairn::va::CheckAlpnCertificate(der, identifier, digest);
    if (!status.ok()) {
      const std::string detail = cairn::errors::PayloadOf(status).detail();
      INVARIANT(detail.size() < 1000, "a problem is short");
      for (const char c : detail) INVARIANT(c >= 0x20 && c < 0x7f, "a problem is printable");
      continue;
    }
    const auto read = judge::ReadCertificate(der);
    INVARIANT(read.ok(), "OpenSSL refuses the certificate");
    INVARIANT(read->issuer_der == read->subject_der, "OpenSSL sees another issuer");
    const auto key = cairn::crypto::PublicKey::FromSpkiDer(read->spki_der);
    INVARIANT(key.ok() && judge::VerifyCertificate(der, *key), "OpenSSL sees another signer");
    INVARIANT(identifier.type() == Identifier::TYPE_DNS
                  ? judge::MatchesHost(der, identifier.value())
                  : judge::MatchesAddress(der, identifier.value()),
              "OpenSSL sees another name");
  }
  return 0;
}
