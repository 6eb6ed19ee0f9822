#include "libs/crypto/judge.h"

#include <openssl/asn1.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <optional>

#include "libs/base/strings.h"
#include "libs/crypto/key_impl.h"
#include "libs/crypto/openssl.h"
#include "libs/errors/errors.h"

namespace cairn::crypto::judge {
namespace {

using Asn1TypePtr = std::unique_ptr<ASN1_TYPE, Deleter<ASN1_TYPE_free>>;
using Asn1IntegerPtr = std::unique_ptr<ASN1_INTEGER, Deleter<ASN1_INTEGER_free>>;
using CrlPtr = std::unique_ptr<X509_CRL, Deleter<X509_CRL_free>>;
using RequestPtr = std::unique_ptr<X509_REQ, Deleter<X509_REQ_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, Deleter<X509_STORE_CTX_free>>;

void FreeStack(STACK_OF(X509) * stack) { sk_X509_free(stack); }
using StackPtr = std::unique_ptr<STACK_OF(X509), Deleter<FreeStack>>;

X509Ptr Parsed(std::string_view der) {
  const unsigned char* at = Octets(der);
  X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (at != Octets(der) + der.size()) certificate.reset();
  ClearOpenSslErrors();
  return certificate;
}

CrlPtr ParsedCrl(std::string_view der) {
  const unsigned char* at = Octets(der);
  CrlPtr crl(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  if (at != Octets(der) + der.size()) crl.reset();
  ClearOpenSslErrors();
  return crl;
}

std::optional<absl::Time> TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return absl::FromTM(parts, absl::UTCTimeZone());
}

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

}  // namespace

bool IsAsn1Element(std::string_view der) {
  const unsigned char* at = Octets(der);
  const Asn1TypePtr element(d2i_ASN1_TYPE(nullptr, &at, static_cast<long>(der.size())));
  ClearOpenSslErrors();
  return element != nullptr && at == Octets(der) + der.size();
}

namespace {

absl::StatusOr<Certificate> Read(std::string_view der, X509* certificate) {
  if (certificate == nullptr) return Bad("OpenSSL doesn't parse the certificate");
  // OpenSSL keeps the bytes of a TBSCertificate that it parsed; this encodes the
  // parsed fields afresh.
  Certificate out;
  out.tbs_der = Encoded(certificate, i2d_re_X509_tbs);
  out.issuer_der = Encoded(X509_get_issuer_name(certificate), i2d_X509_NAME);
  out.subject_der = Encoded(X509_get_subject_name(certificate), i2d_X509_NAME);
  out.spki_der = Encoded(X509_get_X509_PUBKEY(certificate), i2d_X509_PUBKEY);
  const ASN1_INTEGER* const serial = X509_get0_serialNumber(certificate);
  out.serial.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                    static_cast<size_t>(ASN1_STRING_length(serial)));
  const std::optional<absl::Time> not_before = TimeOf(X509_get0_notBefore(certificate));
  const std::optional<absl::Time> not_after = TimeOf(X509_get0_notAfter(certificate));
  if (!not_before || !not_after) return Bad("OpenSSL doesn't read the validity");
  out.not_before = *not_before;
  out.not_after = *not_after;
  if (Encoded(certificate, i2d_X509) != der) {
    return Bad("OpenSSL encodes the certificate in another way");
  }
  return out;
}

bool Verify(X509* certificate, const PublicKey& issuer) {
  const bool right =
      certificate != nullptr && X509_verify(certificate, issuer.impl().key.get()) == 1;
  ClearOpenSslErrors();
  return right;
}

}  // namespace

absl::StatusOr<Certificate> ReadCertificate(std::string_view der) {
  return Read(der, Parsed(der).get());
}

absl::StatusOr<Certificate> ReadCertificateOf(std::string_view der, const PublicKey& issuer) {
  const X509Ptr certificate = Parsed(der);
  absl::StatusOr<Certificate> read = Read(der, certificate.get());
  if (read.ok() && !Verify(certificate.get(), issuer)) {
    return Bad("OpenSSL doesn't verify the certificate's signature with the issuer's key");
  }
  return read;
}

bool VerifyCertificate(std::string_view der, const PublicKey& issuer) {
  return Verify(Parsed(der).get(), issuer);
}

namespace {

absl::Status VerifyPath(std::string_view leaf, const std::vector<std::string>& intermediates,
                        const std::vector<std::string>& roots, absl::Time at, int purpose) {
  const StorePtr store(X509_STORE_new());
  const StackPtr untrusted(sk_X509_new_null());
  std::vector<X509Ptr> owned;
  for (const std::string& der : intermediates) {
    owned.push_back(Parsed(der));
    if (owned.back() == nullptr) return Bad("OpenSSL doesn't parse an intermediate");
    sk_X509_push(untrusted.get(), owned.back().get());
  }
  for (const std::string& der : roots) {
    const X509Ptr root = Parsed(der);
    if (root == nullptr) return Bad("OpenSSL doesn't parse a root");
    X509_STORE_add_cert(store.get(), root.get());
  }
  const X509Ptr certificate = Parsed(leaf);
  if (certificate == nullptr) return Bad("OpenSSL doesn't parse the leaf");
  const StoreContextPtr context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), untrusted.get()) != 1) {
    return OpenSslError("making a verification context");
  }
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  X509_VERIFY_PARAM_set_purpose(parameters, purpose);
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(at));
  if (X509_verify_cert(context.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(context.get());
    ClearOpenSslErrors();
    return Bad(base::Cat("OpenSSL refuses the chain: ", X509_verify_cert_error_string(error)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status VerifyChain(std::string_view leaf, const std::vector<std::string>& intermediates,
                         const std::vector<std::string>& roots, absl::Time at) {
  return VerifyPath(leaf, intermediates, roots, at, X509_PURPOSE_SSL_SERVER);
}

absl::Status VerifyAuthority(std::string_view certificate, const std::vector<std::string>& roots,
                             absl::Time at) {
  return VerifyPath(certificate, {}, roots, at, X509_PURPOSE_ANY);
}

absl::StatusOr<Crl> ReadCrl(std::string_view der) {
  const CrlPtr crl = ParsedCrl(der);
  if (crl == nullptr) return Bad("OpenSSL doesn't parse the CRL");
  Crl out;
  out.tbs_der = Encoded(crl.get(), i2d_re_X509_CRL_tbs);
  out.issuer_der = Encoded(X509_CRL_get_issuer(crl.get()), i2d_X509_NAME);
  const std::optional<absl::Time> this_update = TimeOf(X509_CRL_get0_lastUpdate(crl.get()));
  const ASN1_TIME* const next = X509_CRL_get0_nextUpdate(crl.get());
  const std::optional<absl::Time> next_update = next == nullptr ? std::nullopt : TimeOf(next);
  if (!this_update || !next_update) return Bad("OpenSSL doesn't read the times of the CRL");
  out.this_update = *this_update;
  out.next_update = *next_update;
  STACK_OF(X509_REVOKED)* const revoked = X509_CRL_get_REVOKED(crl.get());
  out.entries = revoked == nullptr ? 0 : static_cast<size_t>(sk_X509_REVOKED_num(revoked));
  if (Encoded(crl.get(), i2d_X509_CRL) != der) {
    return Bad("OpenSSL encodes the CRL in another way");
  }
  return out;
}

bool VerifyCrl(std::string_view der, const PublicKey& issuer) {
  const CrlPtr crl = ParsedCrl(der);
  const bool right = crl != nullptr && X509_CRL_verify(crl.get(), issuer.impl().key.get()) == 1;
  ClearOpenSslErrors();
  return right;
}

bool IsOnCrl(std::string_view crl_der, std::string_view serial) {
  const CrlPtr crl = ParsedCrl(crl_der);
  const BigNumPtr number(BN_bin2bn(Octets(serial), static_cast<int>(serial.size()), nullptr));
  const Asn1IntegerPtr integer(BN_to_ASN1_INTEGER(number.get(), nullptr));
  X509_REVOKED* entry = nullptr;
  return crl != nullptr && X509_CRL_get0_by_serial(crl.get(), &entry, integer.get()) == 1;
}

bool MatchesHost(std::string_view certificate_der, const std::string& name) {
  const X509Ptr certificate = Parsed(certificate_der);
  return certificate != nullptr &&
         X509_check_host(certificate.get(), name.data(), name.size(),
                         X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
}

bool MatchesAddress(std::string_view certificate_der, const std::string& address) {
  const X509Ptr certificate = Parsed(certificate_der);
  return certificate != nullptr && X509_check_ip_asc(certificate.get(), address.c_str(), 0) == 1;
}

bool IsCertificateRequest(std::string_view der) {
  const unsigned char* at = Octets(der);
  const RequestPtr request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
  bool right = request != nullptr && at == Octets(der) + der.size();
  if (right) {
    EVP_PKEY* const key = X509_REQ_get0_pubkey(request.get());
    right = key != nullptr && X509_REQ_verify(request.get(), key) == 1;
  }
  ClearOpenSslErrors();
  return right;
}

}  // namespace cairn::crypto::judge
