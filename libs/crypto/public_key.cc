#include "libs/crypto/public_key.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include <array>
#include <bit>
#include <optional>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest_algorithms.h"
#include "libs/crypto/key_impl.h"
#include "libs/errors/errors.h"

namespace cairn::crypto {
namespace {

using namespace std::string_view_literals;

// A SubjectPublicKeyInfo of a curve is this prefix and then the key itself: the
// lengths are fixed, so comparing bytes is all the parsing there is (BR 7.1.3.1.2
// names the same octets).
struct FixedForm {
  KeyType type;
  std::string_view prefix;  // up to and including the BIT STRING's 00, and 04 for points
  size_t key_size;
};
constexpr std::array<FixedForm, 4> kFixedForms = {{
    {KeyType::kEcP256,
     "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
     "\x03\x42\x00\x04"sv,
     64},
    {KeyType::kEcP384,
     "\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22"
     "\x03\x62\x00\x04"sv,
     96},
    {KeyType::kEcP521,
     "\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23"
     "\x03\x81\x86\x00\x04"sv,
     132},
    {KeyType::kEd25519, "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"sv, 32},
}};

// BR 7.1.3.1.1: rsaEncryption with an explicit NULL.
constexpr std::string_view kRsaAlgorithm =
    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"sv;

const FixedForm& FormOf(KeyType type) {
  for (const FixedForm& form : kFixedForms) {
    if (form.type == type) return form;
  }
  INVARIANT(false, "every type but RSA has a row");
  return kFixedForms[0];
}

absl::Status Bad(std::string_view detail) {
  ClearOpenSslErrors();
  return errors::Make(errors::Reason::kBadPublicKey, detail);
}

// The few elements of DER that an RSA key needs; everything else is libs/der's.
std::string Element(char tag, std::string_view content) {
  std::string out(1, tag);
  const size_t size = content.size();
  if (size < 0x80) {
    out += static_cast<char>(size);
  } else if (size < 0x100) {
    out += '\x81';
    out += static_cast<char>(size);
  } else {
    INVARIANT(size < 0x10000, "RSA keys have at most 16384 bits");
    out += '\x82';
    out += static_cast<char>(size >> 8);
    out += static_cast<char>(size & 0xff);
  }
  out += content;
  return out;
}

std::string UnsignedInteger(std::string_view big_endian) {
  while (big_endian.size() > 1 && big_endian[0] == '\0') big_endian.remove_prefix(1);
  const bool looks_negative = !big_endian.empty() && (big_endian[0] & 0x80) != 0;
  if (big_endian.empty() || looks_negative) return Element('\x02', base::Cat("\0"sv, big_endian));
  return Element('\x02', big_endian);
}

std::string RsaSpki(std::string_view modulus, std::string_view exponent) {
  const std::string key =
      Element('\x30', base::Cat(UnsignedInteger(modulus), UnsignedInteger(exponent)));
  return Element('\x30', base::Cat(kRsaAlgorithm, Element('\x03', base::Cat("\0"sv, key))));
}

std::string BigNumOf(const PublicKey& key, const char* parameter) {
  BIGNUM* number = nullptr;
  INVARIANT(EVP_PKEY_get_bn_param(key.impl().key.get(), parameter, &number) == 1,
            "an RSA key has both parameters");
  const BigNumPtr owned(number);
  std::string out(static_cast<size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, Octets(out));
  return out;
}

}  // namespace

std::optional<KeyType> KeyTypeFromConfig(std::string_view name) {
  if (name == "rsa") return KeyType::kRsa;
  if (name == "p256") return KeyType::kEcP256;
  if (name == "p384") return KeyType::kEcP384;
  if (name == "p521") return KeyType::kEcP521;
  return std::nullopt;
}

std::string_view NameOf(KeyType type) {
  switch (type) {
    case KeyType::kRsa:
      return "RSA";
    case KeyType::kEcP256:
      return "P-256";
    case KeyType::kEcP384:
      return "P-384";
    case KeyType::kEcP521:
      return "P-521";
    case KeyType::kEd25519:
      return "Ed25519";
  }
  return "";
}

bool IsEc(KeyType type) {
  return type == KeyType::kEcP256 || type == KeyType::kEcP384 || type == KeyType::kEcP521;
}

bool GoesWith(SignatureAlgorithm algorithm, KeyType type) {
  switch (algorithm) {
    case SignatureAlgorithm::kRsaPkcs1Sha256:
    case SignatureAlgorithm::kRsaPkcs1Sha384:
    case SignatureAlgorithm::kRsaPkcs1Sha512:
      return type == KeyType::kRsa;
    case SignatureAlgorithm::kEcdsaSha256:
    case SignatureAlgorithm::kEcdsaSha384:
    case SignatureAlgorithm::kEcdsaSha512:
      return IsEc(type);
    case SignatureAlgorithm::kEd25519:
      return type == KeyType::kEd25519;
  }
  return false;
}

const EVP_MD* DigestOf(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::kRsaPkcs1Sha256:
    case SignatureAlgorithm::kEcdsaSha256:
      return Sha256Algorithm();
    case SignatureAlgorithm::kRsaPkcs1Sha384:
    case SignatureAlgorithm::kEcdsaSha384:
      return Sha384Algorithm();
    case SignatureAlgorithm::kRsaPkcs1Sha512:
    case SignatureAlgorithm::kEcdsaSha512:
      return Sha512Algorithm();
    case SignatureAlgorithm::kEd25519:
      break;
  }
  INVARIANT(false, "callers treat Ed25519 apart");
  return nullptr;
}

namespace {

// OpenSSL's key of these numbers; null if it refuses them.
//
// From the numbers, not with d2i_PUBKEY: OpenSSL 3's general decoder takes six
// times as long, and a certificate passes by several keys.
PkeyPtr MakeKey(const char* type, OSSL_PARAM* parameters) {
  EVP_PKEY* key = nullptr;
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  INVARIANT(context != nullptr, "OpenSSL's default provider knows RSA and EC");
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
    return nullptr;
  }
  return PkeyPtr(key);
}

PkeyPtr MakeEcKeyOfPoint(KeyType type, std::string_view point) {
  std::string group(NameOf(type));
  std::string octets(point);
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size()),
      OSSL_PARAM_construct_end()};
  return MakeKey("EC", parameters);
}

// Any key of the type, without its private half.
PkeyPtr MakeSample(KeyType type) {
  const std::string curve(NameOf(type));
  const PkeyPtr pair(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve.c_str()));
  unsigned char* point = nullptr;
  const size_t size = pair == nullptr ? 0 : EVP_PKEY_get1_encoded_public_key(pair.get(), &point);
  INVARIANT(size > 0, "OpenSSL's default provider knows the three curves");
  const OpenSslBytes owned(point);
  PkeyPtr sample = MakeEcKeyOfPoint(type, {reinterpret_cast<const char*>(point), size});
  INVARIANT(sample != nullptr, "a fresh key's point is one of its curve");
  return sample;
}

// Never freed: threads may still need them when the process ends.
EVP_PKEY* SampleOf(KeyType type) {
  static EVP_PKEY* const p256 = MakeSample(KeyType::kEcP256).release();
  static EVP_PKEY* const p384 = MakeSample(KeyType::kEcP384).release();
  static EVP_PKEY* const p521 = MakeSample(KeyType::kEcP521).release();
  return type == KeyType::kEcP256 ? p256 : type == KeyType::kEcP384 ? p384 : p521;
}

PkeyPtr MakeEcKey(KeyType type, std::string_view spki_der) {
  // The point with the 04 of its uncompressed form.
  const std::string_view point = spki_der.substr(FormOf(type).prefix.size() - 1);
  // A copy of another key with this point in it: OpenSSL 3 makes a curve anew for
  // each key that comes from numbers, which takes longer than all the rest.
  PkeyPtr key(EVP_PKEY_dup(SampleOf(type)));
  if (key == nullptr ||
      EVP_PKEY_set1_encoded_public_key(key.get(), Octets(point), point.size()) != 1) {
    return nullptr;
  }
  // In range and on the curve. The three curves have cofactor 1, so this is all
  // of SP 800-56A 5.6.2.3.3: a point on them has the right order (KEY-07).
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (context == nullptr || EVP_PKEY_public_check_quick(context.get()) != 1) return nullptr;
  return key;
}

PkeyPtr MakeRsaKey(std::string_view modulus, std::string_view exponent) {
  // Numbers in OSSL_PARAM are in the machine's order of octets, which is
  // little-endian on all that Cairn runs on.
  static_assert(std::endian::native == std::endian::little);
  std::string n(modulus.rbegin(), modulus.rend());
  std::string e(exponent.rbegin(), exponent.rend());
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, Octets(n), n.size()),
                             OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, Octets(e), e.size()),
                             OSSL_PARAM_construct_end()};
  return MakeKey("RSA", parameters);
}

// The two numbers of an RSA key's SubjectPublicKeyInfo. It looks at no more than
// it needs to find them: the caller encodes them again and compares.
struct RsaNumbers {
  std::string_view modulus;
  std::string_view exponent;
};
std::optional<RsaNumbers> FindRsaNumbers(std::string_view der) {
  // Cuts an element off the front of `rest` and returns its content.
  const auto take = [](std::string_view& rest, char tag) -> std::optional<std::string_view> {
    if (rest.size() < 2 || rest[0] != tag) return std::nullopt;
    size_t size = static_cast<unsigned char>(rest[1]);
    size_t header = 2;
    if (size >= 0x80) {
      const size_t octets = size & 0x7f;
      if (octets > 2 || rest.size() < 2 + octets) return std::nullopt;
      size = 0;
      for (size_t i = 0; i < octets; ++i) size = size << 8 | static_cast<uint8_t>(rest[2 + i]);
      header += octets;
    }
    if (rest.size() - header < size) return std::nullopt;
    const std::string_view content = rest.substr(header, size);
    rest.remove_prefix(header + size);
    return content;
  };
  const auto positive = [](std::string_view number) {
    if (number.starts_with('\0')) number.remove_prefix(1);
    return number;
  };
  std::optional<std::string_view> content = take(der, '\x30');
  if (!content || !content->starts_with(kRsaAlgorithm)) return std::nullopt;
  content->remove_prefix(kRsaAlgorithm.size());
  content = take(*content, '\x03');
  if (!content || !content->starts_with('\0')) return std::nullopt;
  content->remove_prefix(1);
  content = take(*content, '\x30');
  if (!content) return std::nullopt;
  const std::optional<std::string_view> modulus = take(*content, '\x02');
  if (!modulus) return std::nullopt;
  const std::optional<std::string_view> exponent = take(*content, '\x02');
  if (!exponent) return std::nullopt;
  return RsaNumbers{positive(*modulus), positive(*exponent)};
}

}  // namespace

absl::StatusOr<PublicKey> PublicKey::FromCanonical(KeyType type, std::string spki_der) {
  PkeyPtr key;
  if (IsEc(type)) {
    key = MakeEcKey(type, spki_der);
    if (key == nullptr) return Bad("the public key is not a point of its curve");
  } else if (type == KeyType::kEd25519) {
    const std::string_view octets = std::string_view(spki_der).substr(FormOf(type).prefix.size());
    key.reset(
        EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, Octets(octets), octets.size()));
  } else if (const std::optional<RsaNumbers> numbers = FindRsaNumbers(spki_der)) {
    key = MakeRsaKey(numbers->modulus, numbers->exponent);
  }
  if (key == nullptr) return Bad("the public key is not one of its type");
  const int bits = type == KeyType::kEd25519 ? 256 : EVP_PKEY_get_bits(key.get());
  return PublicKey(
      std::make_shared<const Impl>(Impl{type, bits, std::move(spki_der), std::move(key)}));
}

absl::StatusOr<PublicKey> PublicKey::FromSpkiDer(std::string_view der) {
  for (const FixedForm& form : kFixedForms) {
    if (der.starts_with(form.prefix) && der.size() == form.prefix.size() + form.key_size) {
      return FromCanonical(form.type, std::string(der));
    }
  }
  const std::optional<RsaNumbers> numbers = FindRsaNumbers(der);
  if (!numbers.has_value()) {
    return Bad(
        "the public key is not RSA, P-256, P-384, P-521 or Ed25519 in its canonical encoding");
  }
  ASSIGN_OR_RETURN(PublicKey key, FromRsa(numbers->modulus, numbers->exponent));
  if (key.spki_der() != der) return Bad("the RSA key is not in its canonical encoding");
  return key;
}

absl::StatusOr<PublicKey> PublicKey::FromPem(std::string_view pem) {
  const BioPtr bio = ReadOnlyBio(pem);
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) {
    return Bad("there is no PEM block");
  }
  const std::unique_ptr<char, Deleter<FreeOpenSslBytes>> owned_name(name), owned_header(header);
  const OpenSslBytes owned_data(data);
  if (name != "PUBLIC KEY"sv) return Bad("the PEM block is not a PUBLIC KEY");
  return FromSpkiDer({reinterpret_cast<const char*>(data), static_cast<size_t>(size)});
}

absl::StatusOr<PublicKey> PublicKey::FromRsa(std::string_view modulus, std::string_view exponent) {
  if (modulus.empty() || exponent.empty() || modulus[0] == '\0' || exponent[0] == '\0') {
    return Bad("an RSA number is empty or has leading zeros");
  }
  if (modulus.size() < 64 || modulus.size() > 2048) {
    return Bad("the RSA modulus has not between 512 and 16384 bits");
  }
  if ((modulus.back() & 1) == 0) return Bad("the RSA modulus is even");
  // A longer exponent makes each verification as slow as a signature, and nobody
  // uses one.
  if (exponent.size() > 8) return Bad("the RSA exponent has more than 64 bits");
  if ((exponent.back() & 1) == 0 || exponent == "\x01") {
    return Bad("the RSA exponent is even or 1");
  }
  return FromCanonical(KeyType::kRsa, RsaSpki(modulus, exponent));
}

absl::StatusOr<PublicKey> PublicKey::FromEc(KeyType type, std::string_view x, std::string_view y) {
  if (!IsEc(type)) return Bad("not a type of elliptic curve key");
  const FixedForm& form = FormOf(type);
  if (x.size() != form.key_size / 2 || y.size() != form.key_size / 2) {
    return Bad("a coordinate has not the size of its curve");
  }
  return FromCanonical(type, base::Cat(form.prefix, x, y));
}

absl::StatusOr<PublicKey> PublicKey::FromEd25519(std::string_view x) {
  const FixedForm& form = FormOf(KeyType::kEd25519);
  if (x.size() != form.key_size) return Bad("an Ed25519 key has 32 octets");
  return FromCanonical(KeyType::kEd25519, base::Cat(form.prefix, x));
}

KeyType PublicKey::type() const { return impl_->type; }
int PublicKey::bits() const { return impl_->bits; }
const std::string& PublicKey::spki_der() const { return impl_->spki_der; }
std::string PublicKey::ToPem() const { return base::ToPem("PUBLIC KEY", impl_->spki_der); }

std::string PublicKey::rsa_modulus() const { return BigNumOf(*this, OSSL_PKEY_PARAM_RSA_N); }
std::string PublicKey::rsa_exponent() const { return BigNumOf(*this, OSSL_PKEY_PARAM_RSA_E); }

std::string PublicKey::ec_x() const {
  INVARIANT(IsEc(type()), "callers ask type() first");
  const size_t size = FormOf(type()).key_size / 2;
  return impl_->spki_der.substr(impl_->spki_der.size() - 2 * size, size);
}

std::string PublicKey::ec_y() const {
  INVARIANT(IsEc(type()), "callers ask type() first");
  return impl_->spki_der.substr(impl_->spki_der.size() - FormOf(type()).key_size / 2);
}

std::string PublicKey::ed25519_x() const {
  INVARIANT(type() == KeyType::kEd25519, "callers ask type() first");
  return impl_->spki_der.substr(impl_->spki_der.size() - 32);
}

bool PublicKey::Verify(SignatureAlgorithm algorithm, std::string_view message,
                       std::string_view signature) const {
  if (!GoesWith(algorithm, type())) return false;
  bool right = false;
  if (algorithm == SignatureAlgorithm::kEd25519) {
    const DigestContextPtr context(EVP_MD_CTX_new());
    right = context != nullptr &&
            EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr,
                                    impl_->key.get(), nullptr) == 1 &&
            EVP_DigestVerify(context.get(), Octets(signature), signature.size(), Octets(message),
                             message.size()) == 1;
  } else {
    // Hashing first and then verifying the digest spares the provider a fetch of
    // the digest by name in each call. The context is this call's own: the
    // prepared key in it is only read.
    const EVP_MD* const hash = DigestOf(algorithm);
    const std::string digest = Digest(hash, message);
    const PkeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, impl_->key.get(), nullptr));
    right = context != nullptr && EVP_PKEY_verify_init(context.get()) == 1 &&
            (type() != KeyType::kRsa ||
             (EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
              EVP_PKEY_CTX_set_signature_md(context.get(), hash) == 1)) &&
            EVP_PKEY_verify(context.get(), Octets(signature), signature.size(),
                            Octets(std::string_view(digest)), digest.size()) == 1;
  }
  if (!right) ClearOpenSslErrors();
  return right;
}

absl::StatusOr<std::string> EcdsaRawToDer(KeyType type, std::string_view raw) {
  if (!IsEc(type) || raw.size() != FormOf(type).key_size) {
    return errors::Make(errors::Reason::kMalformed,
                        "an ECDSA signature is r and s, each of the size of the curve");
  }
  const size_t half = raw.size() / 2;
  return Element(
      '\x30', base::Cat(UnsignedInteger(raw.substr(0, half)), UnsignedInteger(raw.substr(half))));
}

}  // namespace cairn::crypto
