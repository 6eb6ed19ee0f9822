#include "libs/crypto/pkcs11/session.h"

#include <algorithm>
#include <array>
#include <optional>

#include "libs/base/random.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"

namespace cairn::crypto::pkcs11 {
namespace {

using errors::Make;
using errors::Reason;

// More than any attribute that is read here has: an RSA modulus of 16384 bits.
constexpr size_t kLongestAttribute = 2048;
// Far more objects with one label, or keys in one token, than anybody has.
constexpr size_t kMostObjects = 1000;

template <typename T>
CK_ATTRIBUTE Attribute(CK_ATTRIBUTE_TYPE type, const T& value) {
  // Cryptoki's structures have no const; a template is only read.
  return {type, const_cast<T*>(&value), sizeof value};
}

CK_ATTRIBUTE Attribute(CK_ATTRIBUTE_TYPE type, std::string_view value) {
  return {type, const_cast<char*>(value.data()), value.size()};
}

CK_BYTE_PTR Octets(std::string_view bytes) {
  return reinterpret_cast<CK_BYTE_PTR>(const_cast<char*>(bytes.data()));
}

// What a curve looks like in PKCS#11: the DER of its OID (CKA_EC_PARAMS), and what
// stands before x and y in CKA_EC_POINT: an OCTET STRING with an uncompressed point.
struct Curve {
  KeyType type;
  std::string_view parameters;
  std::string_view point_prefix;
  size_t coordinate_size;
};

using std::string_view_literals::operator""sv;

constexpr Curve kCurves[] = {
    {KeyType::kEcP256, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv, "\x04\x41\x04"sv, 32},
    {KeyType::kEcP384, "\x06\x05\x2b\x81\x04\x00\x22"sv, "\x04\x61\x04"sv, 48},
    {KeyType::kEcP521, "\x06\x05\x2b\x81\x04\x00\x23"sv, "\x04\x81\x85\x04"sv, 66},
};

const Curve* CurveOf(KeyType type) {
  const auto* const found = std::find_if(std::begin(kCurves), std::end(kCurves),
                                         [type](const Curve& curve) { return curve.type == type; });
  return found == std::end(kCurves) ? nullptr : found;
}

std::string_view WithoutLeadingZeros(std::string_view number) {
  return number.substr(std::min(number.find_first_not_of('\0'), number.size()));
}

absl::StatusOr<PublicKey> ReadEcPublicKey(const Session& session, CK_OBJECT_HANDLE object) {
  ASSIGN_OR_RETURN(const std::string parameters, ReadAttribute(session, object, CKA_EC_PARAMS));
  ASSIGN_OR_RETURN(const std::string point, ReadAttribute(session, object, CKA_EC_POINT));
  for (const Curve& curve : kCurves) {
    if (parameters != curve.parameters) continue;
    const size_t size = curve.coordinate_size;
    if (!point.starts_with(curve.point_prefix) ||
        point.size() != curve.point_prefix.size() + 2 * size) {
      break;
    }
    const std::string_view xy = std::string_view(point).substr(curve.point_prefix.size());
    return PublicKey::FromEc(curve.type, xy.substr(0, size), xy.substr(size));
  }
  return Make(Reason::kInternal, base::Cat("token \"", session.token,
                                           "\": an EC key that is no uncompressed point of "
                                           "P-256, P-384 or P-521"));
}

// What the token signs: the digest, in the form that the mechanism wants.
struct ToBeSigned {
  CK_MECHANISM_TYPE mechanism;
  std::string data;
};

std::optional<std::string> DigestFor(SignatureAlgorithm algorithm, std::string_view message) {
  switch (algorithm) {
    case SignatureAlgorithm::kRsaPkcs1Sha256:
    case SignatureAlgorithm::kEcdsaSha256:
      return Sha256(message);
    case SignatureAlgorithm::kRsaPkcs1Sha384:
    case SignatureAlgorithm::kEcdsaSha384:
      return Sha384(message);
    case SignatureAlgorithm::kRsaPkcs1Sha512:
    case SignatureAlgorithm::kEcdsaSha512:
      return Sha512(message);
    case SignatureAlgorithm::kEd25519:
      return std::nullopt;
  }
  return std::nullopt;
}

// The DER of a DigestInfo up to the digest (RFC 8017 section 9.2, note 1).
std::string_view DigestInfoPrefix(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::kRsaPkcs1Sha256:
      return "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"sv;
    case SignatureAlgorithm::kRsaPkcs1Sha384:
      return "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"sv;
    case SignatureAlgorithm::kRsaPkcs1Sha512:
      return "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"sv;
    default:
      return "";
  }
}

std::optional<ToBeSigned> Prepare(const PublicKey& key, SignatureAlgorithm algorithm,
                                  std::string_view message) {
  std::optional<std::string> digest = DigestFor(algorithm, message);
  const std::string_view prefix = DigestInfoPrefix(algorithm);
  if (!digest.has_value() || prefix.empty() == (key.type() == KeyType::kRsa)) return std::nullopt;
  if (key.type() == KeyType::kRsa) {
    return ToBeSigned{.mechanism = CKM_RSA_PKCS, .data = base::Cat(prefix, *digest)};
  }
  const Curve* const curve = CurveOf(key.type());
  if (curve == nullptr) return std::nullopt;
  // FIPS 186-5 section 6.4.1: the leftmost bits, where the digest is longer than the
  // order. Not every token cuts it itself.
  digest->resize(std::min(digest->size(), curve->coordinate_size));
  return ToBeSigned{.mechanism = CKM_ECDSA, .data = *std::move(digest)};
}

SignatureAlgorithm UsualAlgorithm(KeyType type) {
  return type == KeyType::kRsa      ? SignatureAlgorithm::kRsaPkcs1Sha256
         : type == KeyType::kEcP256 ? SignatureAlgorithm::kEcdsaSha256
         : type == KeyType::kEcP384 ? SignatureAlgorithm::kEcdsaSha384
                                    : SignatureAlgorithm::kEcdsaSha512;
}

}  // namespace

absl::StatusOr<std::vector<CK_OBJECT_HANDLE>> FindObjects(const Session& session,
                                                          CK_OBJECT_CLASS object_class,
                                                          std::string_view label) {
  std::vector<CK_ATTRIBUTE> wanted = {Attribute(CKA_CLASS, object_class)};
  if (!label.empty()) wanted.push_back(Attribute(CKA_LABEL, label));
  RETURN_IF_ERROR(session.Check(
      "C_FindObjectsInit",
      session.functions.C_FindObjectsInit(session.handle, wanted.data(), wanted.size())));
  std::vector<CK_OBJECT_HANDLE> found(kMostObjects);
  CK_ULONG count = 0;
  const CK_RV rv =
      session.functions.C_FindObjects(session.handle, found.data(), found.size(), &count);
  const CK_RV final = session.functions.C_FindObjectsFinal(session.handle);
  RETURN_IF_ERROR(session.Check("C_FindObjects", rv));
  RETURN_IF_ERROR(session.Check("C_FindObjectsFinal", final));
  if (count >= found.size()) {
    return Make(Reason::kInternal, base::Cat("token \"", session.token, "\": too many objects"));
  }
  found.resize(count);
  return found;
}

absl::StatusOr<std::string> ReadAttribute(const Session& session, CK_OBJECT_HANDLE object,
                                          CK_ATTRIBUTE_TYPE type) {
  std::string value(kLongestAttribute, '\0');
  CK_ATTRIBUTE attribute = {type, value.data(), value.size()};
  RETURN_IF_ERROR(session.Check("C_GetAttributeValue", session.functions.C_GetAttributeValue(
                                                           session.handle, object, &attribute, 1)));
  if (attribute.ulValueLen > value.size()) {
    return Make(Reason::kInternal,
                base::Cat("token \"", session.token, "\": an attribute is not available"));
  }
  value.resize(attribute.ulValueLen);
  return value;
}

absl::StatusOr<PublicKey> ReadPublicKey(const Session& session, CK_OBJECT_HANDLE object) {
  CK_KEY_TYPE type = 0;
  CK_ATTRIBUTE attribute = {CKA_KEY_TYPE, &type, sizeof type};
  RETURN_IF_ERROR(session.Check("C_GetAttributeValue", session.functions.C_GetAttributeValue(
                                                           session.handle, object, &attribute, 1)));
  if (type == CKK_EC) return ReadEcPublicKey(session, object);
  if (type != CKK_RSA) {
    return Make(Reason::kInternal,
                base::Cat("token \"", session.token, "\": a key that is neither RSA nor EC"));
  }
  ASSIGN_OR_RETURN(const std::string modulus, ReadAttribute(session, object, CKA_MODULUS));
  ASSIGN_OR_RETURN(const std::string exponent, ReadAttribute(session, object, CKA_PUBLIC_EXPONENT));
  return PublicKey::FromRsa(WithoutLeadingZeros(modulus), WithoutLeadingZeros(exponent));
}

absl::StatusOr<KeyAttributes> ReadKeyAttributes(const Session& session, CK_OBJECT_HANDLE object) {
  KeyAttributes attributes;
  const std::pair<CK_ATTRIBUTE_TYPE, bool KeyAttributes::*> fields[] = {
      {CKA_TOKEN, &KeyAttributes::token},
      {CKA_PRIVATE, &KeyAttributes::private_object},
      {CKA_SENSITIVE, &KeyAttributes::sensitive},
      {CKA_ALWAYS_SENSITIVE, &KeyAttributes::always_sensitive},
      {CKA_EXTRACTABLE, &KeyAttributes::extractable},
      {CKA_NEVER_EXTRACTABLE, &KeyAttributes::never_extractable},
      {CKA_LOCAL, &KeyAttributes::local},
      {CKA_SIGN, &KeyAttributes::sign},
      {CKA_DECRYPT, &KeyAttributes::decrypt},
      {CKA_UNWRAP, &KeyAttributes::unwrap},
      {CKA_DERIVE, &KeyAttributes::derive},
      {CKA_MODIFIABLE, &KeyAttributes::modifiable},
  };
  for (const auto& [type, field] : fields) {
    ASSIGN_OR_RETURN(const std::string value, ReadAttribute(session, object, type));
    attributes.*field = value != std::string(1, '\0');
  }
  ASSIGN_OR_RETURN(attributes.id, ReadAttribute(session, object, CKA_ID));
  return attributes;
}

absl::StatusOr<std::string> SignWith(const Session& session, CK_OBJECT_HANDLE key,
                                     const PublicKey& public_key, SignatureAlgorithm algorithm,
                                     std::string_view message) {
  const std::optional<ToBeSigned> prepared = Prepare(public_key, algorithm, message);
  if (!prepared.has_value()) {
    return Make(Reason::kInternal, base::Cat("that signature algorithm does not go with a key ",
                                             NameOf(public_key.type())));
  }
  CK_MECHANISM mechanism = {prepared->mechanism, nullptr, 0};
  RETURN_IF_ERROR(
      session.Check("C_SignInit", session.functions.C_SignInit(session.handle, &mechanism, key)));
  std::string signature(kLongestAttribute, '\0');
  CK_ULONG size = signature.size();
  RETURN_IF_ERROR(session.Check(
      "C_Sign", session.functions.C_Sign(session.handle, Octets(prepared->data),
                                         prepared->data.size(), Octets(signature), &size)));
  const size_t wanted = public_key.type() == KeyType::kRsa
                            ? static_cast<size_t>((public_key.bits() + 7) / 8)
                            : 2 * CurveOf(public_key.type())->coordinate_size;
  if (size != wanted) {
    return Make(Reason::kInternal, base::Cat("token \"", session.token, "\": C_Sign gave ", size,
                                             " octets, not ", wanted));
  }
  signature.resize(size);
  if (public_key.type() == KeyType::kRsa) return signature;
  return EcdsaRawToDer(public_key.type(), signature);
}

absl::Status ProvePossession(const Session& session, CK_OBJECT_HANDLE key,
                             const PublicKey& public_key) {
  // Not of the token's own generator: it must not know beforehand what it will sign.
  const std::string challenge = base::SystemRandom().Bytes(32);
  const SignatureAlgorithm algorithm = UsualAlgorithm(public_key.type());
  ASSIGN_OR_RETURN(const std::string signature,
                   SignWith(session, key, public_key, algorithm, challenge));
  if (public_key.Verify(algorithm, challenge, signature)) return absl::OkStatus();
  return Make(Reason::kInternal, base::Cat("token \"", session.token,
                                           "\": the private key is not that of the public key"));
}

absl::StatusOr<KeyPairHandles> Generate(const Session& session, std::string_view label,
                                        std::string_view id, KeyType type, int rsa_bits) {
  const CK_BBOOL yes = CK_TRUE;
  const CK_BBOOL no = CK_FALSE;
  std::vector<CK_ATTRIBUTE> public_half = {
      Attribute(CKA_TOKEN, yes),   Attribute(CKA_PRIVATE, no), Attribute(CKA_VERIFY, yes),
      Attribute(CKA_ENCRYPT, no),  Attribute(CKA_WRAP, no),    Attribute(CKA_MODIFIABLE, no),
      Attribute(CKA_LABEL, label), Attribute(CKA_ID, id),
  };
  std::vector<CK_ATTRIBUTE> private_half = {
      Attribute(CKA_TOKEN, yes),   Attribute(CKA_PRIVATE, yes),    Attribute(CKA_SENSITIVE, yes),
      Attribute(CKA_SIGN, yes),    Attribute(CKA_EXTRACTABLE, no), Attribute(CKA_DECRYPT, no),
      Attribute(CKA_UNWRAP, no),   Attribute(CKA_DERIVE, no),      Attribute(CKA_MODIFIABLE, no),
      Attribute(CKA_LABEL, label), Attribute(CKA_ID, id),
  };
  CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, nullptr, 0};
  const CK_ULONG bits = static_cast<CK_ULONG>(rsa_bits);
  if (type == KeyType::kRsa) {
    mechanism.mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN;
    public_half.push_back(Attribute(CKA_MODULUS_BITS, bits));
    public_half.push_back(Attribute(CKA_PUBLIC_EXPONENT, "\x01\x00\x01"sv));
  } else if (const Curve* const curve = CurveOf(type); curve != nullptr) {
    public_half.push_back(Attribute(CKA_EC_PARAMS, curve->parameters));
  } else {
    return Make(Reason::kInternal, base::Cat("no token makes ", NameOf(type), " keys here"));
  }
  KeyPairHandles handles{};
  RETURN_IF_ERROR(session.Check(
      "C_GenerateKeyPair",
      session.functions.C_GenerateKeyPair(
          session.handle, &mechanism, public_half.data(), public_half.size(), private_half.data(),
          private_half.size(), &handles.public_key, &handles.private_key)));
  return handles;
}

}  // namespace cairn::crypto::pkcs11
