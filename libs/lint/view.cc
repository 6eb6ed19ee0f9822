#include "libs/lint/view.h"

#include <absl/time/civil_time.h>

#include <algorithm>
#include <bit>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/take.h"

namespace cairn::lint {
namespace {

using der::Context;
using der::ContextConstructed;
using der::Element;
using der::Reader;

absl::Status TakeOuter(std::string_view der, View& view, Reader& tbs) {
  Reader whole(der);
  ASSIGN_OR_RETURN(Reader outer, whole.EnterSequence());
  RETURN_IF_ERROR(whole.Finish());
  ASSIGN_OR_RETURN(const Element signed_part, outer.Read(der::kSequence));
  ASSIGN_OR_RETURN(const Element algorithm, outer.Read(der::kSequence));
  RETURN_IF_ERROR(outer.Read(der::kBitString).status());
  RETURN_IF_ERROR(outer.Finish());
  view.tbs_der = signed_part.der;
  view.outer_algorithm = algorithm.der;
  Reader again(signed_part.der);
  ASSIGN_OR_RETURN(tbs, again.EnterSequence());
  return absl::OkStatus();
}

absl::Status TakeCertificate(View& view) {
  Reader tbs("");
  RETURN_IF_ERROR(TakeOuter(view.subject->der, view, tbs));
  ASSIGN_OR_RETURN(std::optional<Reader> version, tbs.EnterOptional(ContextConstructed(0)));
  if (version.has_value()) {
    ASSIGN_OR_RETURN(const Element number, version->Read(der::kInteger));
    RETURN_IF_ERROR(version->Finish());
    view.version = number.content;
  }
  ASSIGN_OR_RETURN(const Element serial, tbs.Read(der::kInteger));
  view.serial = serial.content;
  ASSIGN_OR_RETURN(const Element algorithm, tbs.Read(der::kSequence));
  view.inner_algorithm = algorithm.der;
  ASSIGN_OR_RETURN(const Element issuer, tbs.Read(der::kSequence));
  view.issuer_name = issuer.der;
  ASSIGN_OR_RETURN(Reader validity, tbs.EnterSequence());
  ASSIGN_OR_RETURN(view.not_before, TakeTime(validity));
  ASSIGN_OR_RETURN(view.not_after, TakeTime(validity));
  RETURN_IF_ERROR(validity.Finish());
  ASSIGN_OR_RETURN(const Element subject, tbs.Read(der::kSequence));
  view.subject_name = subject.der;
  ASSIGN_OR_RETURN(view.subject_attributes, TakeName(subject.content));
  ASSIGN_OR_RETURN(const Element key, tbs.Read(der::kSequence));
  RETURN_IF_ERROR(TakeKey(key, view.key));
  for (const int number : {1, 2}) {
    ASSIGN_OR_RETURN(const std::optional<Element> unique, tbs.ReadOptional(Context(number)));
    view.has_unique_id = view.has_unique_id || unique.has_value();
  }
  ASSIGN_OR_RETURN(std::optional<Reader> extensions, tbs.EnterOptional(ContextConstructed(3)));
  if (extensions.has_value()) RETURN_IF_ERROR(TakeExtensions(*extensions, view));
  return tbs.Finish();
}

absl::Status TakeCrl(View& view) {
  Reader tbs("");
  RETURN_IF_ERROR(TakeOuter(view.subject->der, view, tbs));
  ASSIGN_OR_RETURN(const std::optional<Element> version, tbs.ReadOptional(der::kInteger));
  if (version.has_value()) view.version = version->content;
  ASSIGN_OR_RETURN(const Element algorithm, tbs.Read(der::kSequence));
  view.inner_algorithm = algorithm.der;
  ASSIGN_OR_RETURN(const Element issuer, tbs.Read(der::kSequence));
  view.issuer_name = issuer.der;
  ASSIGN_OR_RETURN(view.this_update, TakeTime(tbs));
  if (tbs.NextIs(der::kUtcTime) || tbs.NextIs(der::kGeneralizedTime)) {
    ASSIGN_OR_RETURN(view.next_update, TakeTime(tbs));
  }
  ASSIGN_OR_RETURN(std::optional<Reader> revoked, tbs.EnterOptional(der::kSequence));
  view.has_revoked_list = revoked.has_value();
  while (revoked.has_value() && !revoked->AtEnd()) {
    ASSIGN_OR_RETURN(Reader entry, revoked->EnterSequence());
    RETURN_IF_ERROR(TakeRevoked(entry, view));
  }
  ASSIGN_OR_RETURN(std::optional<Reader> extensions, tbs.EnterOptional(ContextConstructed(0)));
  if (extensions.has_value()) RETURN_IF_ERROR(TakeExtensions(*extensions, view));
  return tbs.Finish();
}

// What the outermost elements look like; a certificate where nothing is recognised.
Kind GuessStructure(std::string_view der) {
  Reader whole(der);
  absl::StatusOr<Reader> outer = whole.EnterSequence();
  if (!outer.ok()) return Kind::kSubscriber;
  constexpr uint8_t kEnumerated = 0x0a;
  if (outer->NextIs(kEnumerated)) return Kind::kOcspResponse;
  absl::StatusOr<Reader> tbs = outer->EnterSequence();
  if (!tbs.ok()) return Kind::kSubscriber;
  // A certificate has [0] or a serial number, algorithm, issuer, SEQUENCE of
  // times; a CRL has a time in the place of the latter.
  (void)tbs->ReadOptional(der::kInteger);
  const bool ok = tbs->Read(der::kSequence).ok() && tbs->Read(der::kSequence).ok();
  if (ok && (tbs->NextIs(der::kUtcTime) || tbs->NextIs(der::kGeneralizedTime))) return Kind::kCrl;
  return Kind::kSubscriber;
}

bool IsCertificate(Kind kind) { return (kCertificate >> static_cast<int>(kind) & 1) != 0; }

Kind GuessKind(const View& view, Kind structure) {
  if (structure == Kind::kCrl) {
    const auto& point = view.issuing_distribution_point;
    return point.has_value() && point->only_ca_certificates ? Kind::kCaCrl : Kind::kCrl;
  }
  if (structure == Kind::kOcspResponse) return structure;
  if (view.Find(oid::kPoison) != nullptr) return Kind::kPrecertificate;
  if (view.basic_constraints.has_value() && view.basic_constraints->is_ca) {
    return view.issuer_name == view.subject_name ? Kind::kRoot : Kind::kSubordinateCa;
  }
  const auto& purposes = view.extended_key_usage;
  if (purposes.has_value() &&
      std::find(purposes->begin(), purposes->end(), oid::kOcspSigning) != purposes->end()) {
    return Kind::kOcspSigner;
  }
  return Kind::kSubscriber;
}

std::unique_ptr<const View> Other(const Subject& subject, std::string_view der,
                                  std::string_view what, std::string& problem) {
  const Subject other{
      .der = der, .now = subject.now, .pack = subject.pack, .kind = Kind::kSubscriber};
  auto view = std::make_unique<View>(View::Of(other));
  // It is only compared with; nobody asks it for its own subject.
  view->subject = nullptr;
  if (!view->problem.empty()) problem = base::Cat(what, " can't be read: ", view->problem);
  return view;
}

}  // namespace

View View::Of(const Subject& subject) {
  View view;
  view.subject = &subject;
  const Kind structure = subject.kind.value_or(GuessStructure(subject.der));
  view.kind = structure;
  absl::Status status;
  if (IsCertificate(structure)) {
    status = TakeCertificate(view);
  } else if (structure == Kind::kOcspResponse) {
    status = TakeOcspResponse(view);
  } else {
    status = TakeCrl(view);
  }
  if (!status.ok()) {
    view.problem = Detail(status);
    return view;
  }
  if (!subject.kind.has_value()) view.kind = GuessKind(view, structure);
  if (const absl::Status strict = der::CheckStrict(subject.der); !strict.ok()) {
    view.not_der = Detail(strict);
  }
  if (subject.issuer_der.has_value()) {
    view.issuer = Other(subject, *subject.issuer_der, "the issuer's certificate", view.problem);
  }
  if (subject.precertificate_der.has_value()) {
    view.precertificate =
        Other(subject, *subject.precertificate_der, "the precertificate", view.problem);
  }
  return view;
}

const Extension* View::Find(std::string_view oid) const {
  for (const Extension& extension : extensions) {
    if (extension.oid == oid) return &extension;
  }
  return nullptr;
}

const Attribute* View::FindInSubject(std::string_view oid) const {
  for (const Attribute& attribute : subject_attributes) {
    if (attribute.oid == oid) return &attribute;
  }
  return nullptr;
}

size_t View::CountInSubject(std::string_view oid) const {
  return static_cast<size_t>(
      std::count_if(subject_attributes.begin(), subject_attributes.end(),
                    [&](const Attribute& attribute) { return attribute.oid == oid; }));
}

bool View::Has(uint16_t needs) const {
  // A certificate without SCTs has no precertificate to be compared with.
  const bool has_precertificate = precertificate != nullptr || Find(oid::kSctList) == nullptr;
  const auto lacks = [&](uint16_t need, bool given) { return (needs & need) != 0 && !given; };
  return !lacks(kNeedsIssuer, issuer != nullptr) &&
         !lacks(kNeedsPrecertificate, has_precertificate) &&
         !lacks(kNeedsNames, subject->names != nullptr) &&
         !lacks(kNeedsProfile, subject->profile != nullptr) &&
         !lacks(kNeedsCrlUrl, subject->crl_url.has_value()) &&
         !lacks(kNeedsPreviousCrlNumber, subject->previous_crl_number.has_value()) &&
         !lacks(kNeedsPublicSuffixes, subject->public_suffixes != nullptr) &&
         !lacks(kNeedsKeyBlocklist, subject->key_blocklist != nullptr) &&
         !lacks(kNeedsLogs, subject->logs != nullptr);
}

std::optional<absl::Duration> View::Validity() const {
  if (!not_before.time.has_value() || !not_after.time.has_value()) return std::nullopt;
  return *not_after.time - *not_before.time + absl::Seconds(1);
}

std::optional<absl::Time> TimeOf(uint8_t tag, std::string_view content) {
  const size_t year_digits = tag == der::kUtcTime ? 2 : 4;
  if (content.size() != year_digits + 11 || content.back() != 'Z') return std::nullopt;
  const std::string_view digits = content.substr(0, content.size() - 1);
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  const auto number = [&](size_t at, size_t size) {
    int value = 0;
    for (const char digit : digits.substr(at, size)) value = value * 10 + (digit - '0');
    return value;
  };
  const size_t at = year_digits;
  int year = number(0, year_digits);
  // RFC 5280 section 4.1.2.5.1
  if (tag == der::kUtcTime) year += year < 50 ? 2000 : 1900;
  const absl::CivilSecond civil(year, number(at, 2), number(at + 2, 2), number(at + 4, 2),
                                number(at + 6, 2), number(at + 8, 2));
  // CivilSecond makes 1 July of 31 June; the lints speak of one that is as written.
  if (civil.month() != number(at, 2) || civil.day() != number(at + 2, 2) ||
      civil.hour() != number(at + 4, 2) || civil.minute() != number(at + 6, 2) ||
      civil.second() != number(at + 8, 2)) {
    return std::nullopt;
  }
  return absl::FromCivil(civil, absl::UTCTimeZone());
}

std::string OidText(std::string_view content) {
  const absl::StatusOr<std::string> dotted = der::OidFromContent(content);
  return dotted.ok() ? *dotted : base::ToHex(content.substr(0, 32));
}

std::string Text(std::string_view bytes) { return base::Escaped(bytes, 100); }

std::string Detail(const absl::Status& status) { return errors::PayloadOf(status).detail(); }

bool PublicKeyInfo::is_rsa() const { return algorithm == oid::kRsaEncryption; }
bool PublicKeyInfo::is_ec() const { return algorithm == oid::kEcPublicKey; }

}  // namespace cairn::lint
