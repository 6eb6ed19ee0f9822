#include "libs/x509/certificate.h"

#include <algorithm>
#include <optional>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/der/reader.h"
#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"

namespace cairn::x509 {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

}  // namespace

absl::StatusOr<Certificate> Certificate::Parse(std::string_view der) {
  der::Reader outer(der);
  ASSIGN_OR_RETURN(der::Reader reader, outer.EnterSequence());
  RETURN_IF_ERROR(outer.Finish());
  ASSIGN_OR_RETURN(const der::Element tbs_element, reader.Read(der::kSequence));
  ASSIGN_OR_RETURN(const der::Element algorithm_element, reader.Read(der::kSequence));
  ASSIGN_OR_RETURN(const std::string_view signature, reader.ReadOctetsOfBitString());
  RETURN_IF_ERROR(reader.Finish());

  ASSIGN_OR_RETURN(TbsCertificate tbs, TbsCertificate::Parse(tbs_element.der));
  // PROF-04
  if (tbs.algorithm_der != algorithm_element.der) {
    return Bad("the certificate names two signature algorithms");
  }
  const std::optional<crypto::SignatureAlgorithm> algorithm =
      AlgorithmFromIdentifier(algorithm_element.der);
  if (!algorithm.has_value()) return Bad("the certificate's signature algorithm isn't read");
  absl::StatusOr<crypto::PublicKey> public_key = crypto::PublicKey::FromSpkiDer(tbs.spki_der);
  if (!public_key.ok()) return Bad(errors::PayloadOf(public_key.status()).detail());

  Certificate certificate(std::string(der), std::move(tbs), *std::move(public_key));
  certificate.tbs_offset_ = static_cast<size_t>(tbs_element.der.data() - der.data());
  certificate.tbs_size_ = tbs_element.der.size();
  certificate.algorithm_ = *algorithm;
  certificate.signature_ = std::string(signature);
  return certificate;
}

absl::StatusOr<std::vector<Certificate>> Certificate::ListFromPem(std::string_view pem) {
  std::vector<Certificate> list;
  while (true) {
    const size_t begin = pem.find(kBegin);
    if (begin == std::string_view::npos) break;
    pem.remove_prefix(begin + kBegin.size());
    const size_t end = pem.find(kEnd);
    if (end == std::string_view::npos) return Bad("a PEM block has no end");
    std::string text(pem.substr(0, end));
    pem.remove_prefix(end + kEnd.size());
    text.erase(std::remove_if(text.begin(), text.end(),
                              [](char c) { return c == '\n' || c == '\r' || c == ' '; }),
               text.end());
    const std::optional<std::string> der = base::FromBase64(text);
    if (!der.has_value()) return Bad("a PEM block is not base64");
    ASSIGN_OR_RETURN(Certificate certificate, Parse(*der));
    list.push_back(std::move(certificate));
  }
  if (list.empty()) return Bad("there is no CERTIFICATE block");
  return list;
}

bool Certificate::VerifySignature(const crypto::PublicKey& issuer) const {
  return issuer.Verify(algorithm_, tbs_der(), signature_);
}

}  // namespace cairn::x509
