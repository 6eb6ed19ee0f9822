#include "libs/testing/test_tls.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "libs/base/invariant.h"

namespace cairn::testing {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

constexpr long kDay = 24 * 60 * 60;

Owned<EVP_PKEY> NewKey() { return Owned<EVP_PKEY>(EVP_EC_gen("P-256")); }

template <typename Write>
std::string ToPem(Write write) {
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  INVARIANT(write(out.get()) == 1, "writing to memory cannot fail");
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string CertificatePem(X509* certificate) {
  return ToPem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  INVARIANT(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1,
            "the extensions below are well formed");
}

// A certificate that lacks its extensions and its signature.
Owned<X509> NewCertificate(const std::string& common_name, EVP_PKEY* key) {
  Owned<X509> certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  const Owned<BIGNUM> serial(BN_new());
  BN_rand(serial.get(), 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
  BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get()));
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDay);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

}  // namespace

struct TestCa::Keys {
  Owned<EVP_PKEY> key;
  Owned<X509> certificate;
};

TestCa::TestCa(const std::string& name) : keys_(std::make_unique<Keys>()) {
  keys_->key = NewKey();
  keys_->certificate = NewCertificate(name, keys_->key.get());
  X509* certificate = keys_->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  AddExtension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(certificate, certificate, NID_subject_key_identifier, "hash");
  INVARIANT(X509_sign(certificate, keys_->key.get(), EVP_sha256()) > 0, "P-256 signs SHA-256");
  pem_ = CertificatePem(certificate);
}

TestCa::~TestCa() = default;

TlsIdentity TestCa::Issue(const std::vector<std::string>& dns_names) const {
  const Owned<EVP_PKEY> key = NewKey();
  const Owned<X509> certificate = NewCertificate("leaf", key.get());
  X509* issuer = keys_->certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
  AddExtension(certificate.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(certificate.get(), issuer, NID_key_usage, "critical,digitalSignature");
  AddExtension(certificate.get(), issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  AddExtension(certificate.get(), issuer, NID_authority_key_identifier, "keyid");
  if (!dns_names.empty()) {
    std::string names;
    for (const std::string& name : dns_names) names += (names.empty() ? "DNS:" : ",DNS:") + name;
    AddExtension(certificate.get(), issuer, NID_subject_alt_name, names);
  }
  INVARIANT(X509_sign(certificate.get(), keys_->key.get(), EVP_sha256()) > 0,
            "P-256 signs SHA-256");

  TlsIdentity identity;
  identity.certificate_pem = CertificatePem(certificate.get());
  identity.key_pem = ToPem([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  const Owned<BIGNUM> serial(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate.get()), nullptr));
  char* hex = BN_bn2hex(serial.get());
  identity.serial_hex = hex;
  OPENSSL_free(hex);
  return identity;
}

}  // namespace cairn::testing
