#include "libs/x509/ocsp_response.h"

#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/der/reader.h"
#include "libs/der/value.h"
#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/oids.h"

namespace cairn::x509 {
namespace {

using der::Context;
using der::ContextConstructed;

constexpr uint8_t kEnumerated = 0x0a;
constexpr size_t kKeyHashOctets = 20;

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

der::Value Enumerated(int number) {
  const char octet = static_cast<char>(number);
  return der::Wrap(kEnumerated, {&octet, 1});
}

// CertStatus: [0] NULL or [1] RevokedInfo.
der::Value Status(const OcspContent& content) {
  if (!content.revoked.has_value()) return der::Implicit(0, der::Null());
  const der::Value at = der::GeneralizedTime(content.revoked->at);
  if (!content.revoked->reason.has_value()) return der::Implicit(1, der::Sequence(at));
  const der::Value reason = Enumerated(static_cast<int>(*content.revoked->reason));
  return der::Implicit(1, der::Sequence(at, der::Explicit(0, reason)));
}

// ---- Reading ----

absl::StatusOr<uint8_t> ReadEnumerated(der::Reader& reader) {
  ASSIGN_OR_RETURN(const der::Element element, reader.Read(kEnumerated));
  if (element.content.size() != 1) return Bad("an ENUMERATED is not of one octet");
  return static_cast<uint8_t>(element.content[0]);
}

absl::StatusOr<OcspRevocation> ReadRevocation(der::Reader info) {
  OcspRevocation out;
  ASSIGN_OR_RETURN(out.at, info.ReadGeneralizedTime());
  ASSIGN_OR_RETURN(std::optional<der::Reader> wrapper, info.EnterOptional(ContextConstructed(0)));
  RETURN_IF_ERROR(info.Finish());
  if (!wrapper.has_value()) return out;
  ASSIGN_OR_RETURN(const uint8_t number, ReadEnumerated(*wrapper));
  RETURN_IF_ERROR(wrapper->Finish());
  // OCSP-10: the reasons of CRLs.
  out.reason = RevocationReasonFromNumber(number);
  if (!out.reason.has_value()) return Bad("a reason that may not be given");
  return out;
}

absl::Status ReadSingle(der::Reader single, OcspContent& out) {
  ASSIGN_OR_RETURN(out.certificate, ReadOcspCertId(single));
  if (out.certificate.hash == OcspHash::kOther) return Bad("the hash of the CertID is unknown");
  if (single.NextIs(ContextConstructed(1))) {
    ASSIGN_OR_RETURN(const der::Reader info, single.Enter(ContextConstructed(1)));
    ASSIGN_OR_RETURN(out.revoked, ReadRevocation(info));
  } else {
    ASSIGN_OR_RETURN(const der::Element good, single.Read(Context(0)));
    if (!good.content.empty()) return Bad("\"good\" is not NULL");
  }
  ASSIGN_OR_RETURN(out.this_update, single.ReadGeneralizedTime());
  ASSIGN_OR_RETURN(der::Reader wrapper, single.Enter(ContextConstructed(0)));
  ASSIGN_OR_RETURN(out.next_update, wrapper.ReadGeneralizedTime());
  RETURN_IF_ERROR(wrapper.Finish());
  return single.Finish();
}

absl::StatusOr<OcspContent> ReadData(std::string_view data_der) {
  der::Reader outer(data_der);
  ASSIGN_OR_RETURN(der::Reader data, outer.EnterSequence());
  OcspContent out;
  ASSIGN_OR_RETURN(der::Reader responder, data.Enter(ContextConstructed(2)));
  ASSIGN_OR_RETURN(out.responder_key_hash, responder.ReadOctetString());
  RETURN_IF_ERROR(responder.Finish());
  if (out.responder_key_hash.size() != kKeyHashOctets) return Bad("a KeyHash of another length");
  ASSIGN_OR_RETURN(out.produced_at, data.ReadGeneralizedTime());
  ASSIGN_OR_RETURN(der::Reader list, data.EnterSequence());
  RETURN_IF_ERROR(data.Finish());
  ASSIGN_OR_RETURN(const der::Reader single, list.EnterSequence());
  RETURN_IF_ERROR(list.Finish());
  RETURN_IF_ERROR(ReadSingle(single, out));
  return out;
}

}  // namespace

std::string ComposeOcspData(const OcspContent& content) {
  INVARIANT(content.responder_key_hash.size() == kKeyHashOctets &&
                content.this_update < content.next_update,
            "callers check what they are given");
  const der::Value single =
      der::Sequence(ComposeOcspCertId(content.certificate), Status(content),
                    der::GeneralizedTime(content.this_update),
                    der::Explicit(0, der::GeneralizedTime(content.next_update)));
  // The version is left out, as DER does with defaults.
  return der::Sequence(der::Explicit(2, der::OctetString(content.responder_key_hash)),
                       der::GeneralizedTime(content.produced_at), der::Sequence(single))
      .bytes();
}

std::string ComposeOcspResponse(std::string_view data_der, crypto::SignatureAlgorithm algorithm,
                                std::string_view signature,
                                const std::optional<std::string>& responder_der) {
  std::vector<der::Value> basic = {der::Raw(data_der), der::Raw(AlgorithmIdentifier(algorithm)),
                                   der::BitString(signature)};
  if (responder_der.has_value()) {
    basic.push_back(der::Explicit(0, der::Sequence(der::Raw(*responder_der))));
  }
  const der::Value bytes =
      der::Sequence(der::Oid(oid::kOcspBasic), der::OctetString(der::Sequence(basic).bytes()));
  return der::Sequence(Enumerated(0), der::Explicit(0, bytes)).bytes();
}

absl::StatusOr<OcspResponse> OcspResponse::Parse(std::string_view der) {
  RETURN_IF_ERROR(der::CheckStrict(der));
  der::Reader whole(der);
  ASSIGN_OR_RETURN(der::Reader outer, whole.EnterSequence());
  ASSIGN_OR_RETURN(const uint8_t status, ReadEnumerated(outer));
  if (status != 0) return Bad("the responder answers with an error");
  ASSIGN_OR_RETURN(der::Reader wrapper, outer.Enter(ContextConstructed(0)));
  RETURN_IF_ERROR(outer.Finish());
  ASSIGN_OR_RETURN(der::Reader bytes, wrapper.EnterSequence());
  RETURN_IF_ERROR(wrapper.Finish());
  ASSIGN_OR_RETURN(const std::string type, bytes.ReadOid());
  if (type != oid::kOcspBasic) return Bad("the response is not basic");
  ASSIGN_OR_RETURN(const std::string_view basic_der, bytes.ReadOctetString());
  RETURN_IF_ERROR(bytes.Finish());

  RETURN_IF_ERROR(der::CheckStrict(basic_der));
  der::Reader basic_whole(basic_der);
  ASSIGN_OR_RETURN(der::Reader basic, basic_whole.EnterSequence());
  ASSIGN_OR_RETURN(const der::Element data, basic.Read(der::kSequence));
  ASSIGN_OR_RETURN(const der::Element algorithm, basic.Read(der::kSequence));
  ASSIGN_OR_RETURN(const std::string_view signature, basic.ReadOctetsOfBitString());
  ASSIGN_OR_RETURN(std::optional<der::Reader> certificates,
                   basic.EnterOptional(ContextConstructed(0)));
  RETURN_IF_ERROR(basic.Finish());
  ASSIGN_OR_RETURN(OcspContent content, ReadData(data.der));
  OcspResponse response(std::string(der), std::move(content));
  response.data_offset_ = static_cast<size_t>(data.der.data() - der.data());
  response.data_size_ = data.der.size();
  const std::optional<crypto::SignatureAlgorithm> known = AlgorithmFromIdentifier(algorithm.der);
  if (!known.has_value()) return Bad("the signature algorithm isn't read");
  response.algorithm_ = *known;
  response.signature_ = std::string(signature);
  if (certificates.has_value()) {
    ASSIGN_OR_RETURN(der::Reader list, certificates->EnterSequence());
    RETURN_IF_ERROR(certificates->Finish());
    ASSIGN_OR_RETURN(const der::Element one, list.Read(der::kSequence));
    RETURN_IF_ERROR(list.Finish());
    ASSIGN_OR_RETURN(response.responder_, Certificate::Parse(one.der));
  }
  return response;
}

bool OcspResponse::VerifySignature(const crypto::PublicKey& key) const {
  return key.Verify(algorithm_, data_der(), signature_);
}

}  // namespace cairn::x509
