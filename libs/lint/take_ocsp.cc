#include "libs/base/status_macros.h"
#include "libs/lint/take.h"

namespace cairn::lint {
namespace {

using der::Context;
using der::ContextConstructed;
using der::Element;
using der::Reader;

constexpr uint8_t kEnumerated = 0x0a;

absl::StatusOr<int64_t> Enumerated(Reader& reader) {
  ASSIGN_OR_RETURN(const Element element, reader.Read(kEnumerated));
  return element.content.size() == 1 ? int64_t{static_cast<uint8_t>(element.content[0])} : -1;
}

absl::StatusOr<TimeField> OnlyTime(Reader wrapper) {
  ASSIGN_OR_RETURN(const TimeField time, TakeTime(wrapper));
  RETURN_IF_ERROR(wrapper.Finish());
  return time;
}

// RevokedInfo: the time, then [0] the reason.
absl::Status Revocation(std::string_view content, SingleResponse& out) {
  Reader info(content);
  RETURN_IF_ERROR(info.Read(der::kGeneralizedTime).status());
  ASSIGN_OR_RETURN(std::optional<Reader> reason, info.EnterOptional(ContextConstructed(0)));
  if (reason.has_value()) {
    ASSIGN_OR_RETURN(out.reason, Enumerated(*reason));
  }
  return info.Finish();
}

absl::Status Single(Reader reader, OcspResponse& ocsp) {
  SingleResponse out;
  RETURN_IF_ERROR(reader.Read(der::kSequence).status());  // CertID
  ASSIGN_OR_RETURN(const Element status, reader.ReadAny());
  out.status = status.tag & 0x1f;
  if (out.status == 1) RETURN_IF_ERROR(Revocation(status.content, out));
  ASSIGN_OR_RETURN(out.this_update, TakeTime(reader));
  ASSIGN_OR_RETURN(const std::optional<Reader> next, reader.EnterOptional(ContextConstructed(0)));
  if (next.has_value()) {
    ASSIGN_OR_RETURN(out.next_update, OnlyTime(*next));
  }
  ASSIGN_OR_RETURN(std::optional<Reader> wrapper, reader.EnterOptional(ContextConstructed(1)));
  if (wrapper.has_value()) {
    ASSIGN_OR_RETURN(Reader list, wrapper->EnterSequence());
    while (!list.AtEnd()) RETURN_IF_ERROR(ReadExtension(list, out.extensions.emplace_back()));
  }
  ocsp.responses.push_back(std::move(out));
  return reader.Finish();
}

absl::Status Data(Reader data, OcspResponse& ocsp) {
  ASSIGN_OR_RETURN(std::optional<Reader> version, data.EnterOptional(ContextConstructed(0)));
  if (version.has_value()) {
    ASSIGN_OR_RETURN(const int64_t number, version->ReadSmallInteger());
    ocsp.version = number + 1;
  }
  ASSIGN_OR_RETURN(const Element responder, data.ReadAny());
  ocsp.responder_by_key = responder.tag == ContextConstructed(2);
  Reader id(responder.content);
  ASSIGN_OR_RETURN(const Element identifier, id.ReadAny());
  ocsp.responder = ocsp.responder_by_key ? identifier.content : identifier.der;
  ASSIGN_OR_RETURN(ocsp.produced_at, TakeTime(data));
  ASSIGN_OR_RETURN(Reader responses, data.EnterSequence());
  while (!responses.AtEnd()) {
    ASSIGN_OR_RETURN(const Reader single, responses.EnterSequence());
    RETURN_IF_ERROR(Single(single, ocsp));
  }
  ASSIGN_OR_RETURN(std::optional<Reader> wrapper, data.EnterOptional(ContextConstructed(1)));
  if (wrapper.has_value()) {
    ASSIGN_OR_RETURN(Reader list, wrapper->EnterSequence());
    for (; !list.AtEnd(); ++ocsp.response_extensions) {
      RETURN_IF_ERROR(list.ReadAny().status());
    }
  }
  return data.Finish();
}

}  // namespace

absl::Status TakeOcspResponse(View& view) {
  OcspResponse& ocsp = view.ocsp;
  Reader whole(view.subject->der);
  ASSIGN_OR_RETURN(Reader outer, whole.EnterSequence());
  RETURN_IF_ERROR(whole.Finish());
  ASSIGN_OR_RETURN(ocsp.status, Enumerated(outer));
  ASSIGN_OR_RETURN(std::optional<Reader> wrapper, outer.EnterOptional(ContextConstructed(0)));
  RETURN_IF_ERROR(outer.Finish());
  // An error ("tryLater") is not signed and says nothing more.
  if (!wrapper.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Reader bytes, wrapper->EnterSequence());
  ASSIGN_OR_RETURN(const Element type, bytes.Read(der::kOid));
  ocsp.type = type.content;
  ASSIGN_OR_RETURN(const std::string_view basic_der, bytes.ReadOctetString());
  RETURN_IF_ERROR(bytes.Finish());
  if (const absl::Status strict = der::CheckStrict(basic_der); !strict.ok()) {
    view.not_der = Detail(strict);
  }

  Reader basic_whole(basic_der);
  ASSIGN_OR_RETURN(Reader basic, basic_whole.EnterSequence());
  ASSIGN_OR_RETURN(const Element data, basic.Read(der::kSequence));
  view.tbs_der = data.der;
  ASSIGN_OR_RETURN(const Element algorithm, basic.Read(der::kSequence));
  // ResponseData has no algorithm of its own.
  view.inner_algorithm = view.outer_algorithm = algorithm.der;
  RETURN_IF_ERROR(basic.Read(der::kBitString).status());
  ASSIGN_OR_RETURN(std::optional<Reader> certificates, basic.EnterOptional(ContextConstructed(0)));
  if (certificates.has_value()) {
    ASSIGN_OR_RETURN(Reader list, certificates->EnterSequence());
    while (!list.AtEnd()) {
      ASSIGN_OR_RETURN(const Element certificate, list.Read(der::kSequence));
      ocsp.certificates.push_back(certificate.der);
    }
  }
  RETURN_IF_ERROR(basic.Finish());
  Reader again(data.content);
  return Data(again, ocsp);
}

}  // namespace cairn::lint
