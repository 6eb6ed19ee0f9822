#include "libs/x509/algorithm.h"

#include <array>

#include "libs/base/invariant.h"

namespace cairn::x509 {
namespace {

using crypto::SignatureAlgorithm;
using namespace std::string_view_literals;

struct Row {
  SignatureAlgorithm algorithm;
  std::string_view der;
};
constexpr std::array<Row, 7> kRows = {{
    {SignatureAlgorithm::kRsaPkcs1Sha256,
     "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"sv},
    {SignatureAlgorithm::kRsaPkcs1Sha384,
     "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00"sv},
    {SignatureAlgorithm::kRsaPkcs1Sha512,
     "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00"sv},
    {SignatureAlgorithm::kEcdsaSha256, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"sv},
    {SignatureAlgorithm::kEcdsaSha384, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"sv},
    {SignatureAlgorithm::kEcdsaSha512, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04"sv},
    {SignatureAlgorithm::kEd25519, "\x30\x05\x06\x03\x2b\x65\x70"sv},
}};

}  // namespace

std::string_view AlgorithmIdentifier(SignatureAlgorithm algorithm) {
  for (const Row& row : kRows) {
    if (row.algorithm == algorithm) return row.der;
  }
  INVARIANT(false, "every algorithm has a row");
  return "";
}

std::optional<SignatureAlgorithm> AlgorithmFromIdentifier(std::string_view der) {
  for (const Row& row : kRows) {
    if (row.der == der) return row.algorithm;
  }
  return std::nullopt;
}

SignatureAlgorithm CertificateAlgorithm(crypto::KeyType type) {
  switch (type) {
    case crypto::KeyType::kRsa:
      return SignatureAlgorithm::kRsaPkcs1Sha256;
    case crypto::KeyType::kEcP256:
      return SignatureAlgorithm::kEcdsaSha256;
    case crypto::KeyType::kEcP384:
      return SignatureAlgorithm::kEcdsaSha384;
    case crypto::KeyType::kEcP521:
      return SignatureAlgorithm::kEcdsaSha512;
    case crypto::KeyType::kEd25519:
      return SignatureAlgorithm::kEd25519;
  }
  INVARIANT(false, "every type has a case");
  return SignatureAlgorithm::kEd25519;
}

}  // namespace cairn::x509
