#include "libs/ct/precertificate.h"

#include <cstddef>
#include <optional>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/der/reader.h"
#include "libs/der/tags.h"
#include "libs/der/value.h"
#include "libs/errors/errors.h"

namespace cairn::ct {
namespace {

absl::Status Malformed(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

// A TBSCertificate, taken apart at its extensions. Views into its octets.
struct Parts {
  std::string_view before;  // all elements before the extensions
  std::vector<std::string_view> extensions;
  std::vector<std::string> oids;  // of each extension

  // Where the one extension of that kind is; nothing if there is none.
  std::optional<size_t> Find(std::string_view oid) const {
    for (size_t i = 0; i < oids.size(); ++i) {
      if (oids[i] == oid) return i;
    }
    return std::nullopt;
  }
};

absl::StatusOr<Parts> TakeApart(std::string_view tbs_der) {
  RETURN_IF_ERROR(der::CheckStrict(tbs_der));
  der::Reader outer(tbs_der);
  ASSIGN_OR_RETURN(der::Reader tbs, outer.EnterSequence());
  Parts parts;
  const std::string_view content = tbs.rest();
  while (!tbs.AtEnd() && !tbs.NextIs(der::ContextConstructed(3))) {
    RETURN_IF_ERROR(tbs.ReadAny().status());
  }
  parts.before = content.substr(0, content.size() - tbs.rest().size());
  ASSIGN_OR_RETURN(der::Reader wrapper, tbs.Enter(der::ContextConstructed(3)));
  RETURN_IF_ERROR(tbs.Finish());
  ASSIGN_OR_RETURN(der::Reader list, wrapper.EnterSequence());
  RETURN_IF_ERROR(wrapper.Finish());
  while (!list.AtEnd()) {
    der::Reader item = list;
    ASSIGN_OR_RETURN(const der::Element whole, list.Read(der::kSequence));
    ASSIGN_OR_RETURN(der::Reader extension, item.EnterSequence());
    ASSIGN_OR_RETURN(std::string oid, extension.ReadOid());
    if (parts.Find(oid).has_value()) return Malformed(base::Cat("extension ", oid, " comes twice"));
    parts.extensions.push_back(whole.der);
    parts.oids.push_back(std::move(oid));
  }
  return parts;
}

std::string PutTogether(const Parts& parts) {
  std::vector<der::Value> extensions;
  for (const std::string_view extension : parts.extensions) {
    extensions.push_back(der::Raw(extension));
  }
  return der::Wrap(
             der::kSequence,
             std::string(parts.before).append(der::Explicit(3, der::Sequence(extensions)).bytes()))
      .bytes();
}

// PROF-36
std::string Poison() {
  return der::Sequence(der::Oid(kPoisonOid), der::Boolean(true),
                       der::OctetString(der::Null().bytes()))
      .bytes();
}

// The place of the poison in a right precertificate.
absl::StatusOr<size_t> PlaceOfPoison(const Parts& parts) {
  const std::optional<size_t> place = parts.Find(kPoisonOid);
  if (!place.has_value()) return Malformed("a precertificate has no poison");
  if (parts.extensions[*place] != Poison()) {
    return Malformed("the poison is not critical, or its content is not 0500");
  }
  if (parts.Find(kSctListOid).has_value()) return Malformed("a precertificate has a list of SCTs");
  return *place;
}

struct Scts {
  size_t place;
  std::vector<SignedCertificateTimestamp> scts;
};

absl::StatusOr<Scts> FindScts(const Parts& parts) {
  const std::optional<size_t> place = parts.Find(kSctListOid);
  if (!place.has_value()) return Malformed("a final certificate has no list of SCTs");
  if (parts.Find(kPoisonOid).has_value()) return Malformed("a final certificate has the poison");
  der::Reader outer(parts.extensions[*place]);
  ASSIGN_OR_RETURN(der::Reader extension, outer.EnterSequence());
  RETURN_IF_ERROR(extension.ReadOid().status());
  if (extension.NextIs(der::kBoolean)) return Malformed("the list of SCTs is critical");
  ASSIGN_OR_RETURN(const std::string_view value, extension.ReadOctetString());
  RETURN_IF_ERROR(extension.Finish());
  // RFC 6962 section 3.3: an OCTET STRING inside of the extension's own.
  der::Reader inner(value);
  ASSIGN_OR_RETURN(const std::string_view list, inner.ReadOctetString());
  RETURN_IF_ERROR(inner.Finish());
  ASSIGN_OR_RETURN(std::vector<SignedCertificateTimestamp> scts, ParseSctList(list));
  return Scts{*place, std::move(scts)};
}

}  // namespace

absl::StatusOr<std::string> AddPoison(std::string_view entry_tbs) {
  ASSIGN_OR_RETURN(Parts parts, TakeApart(entry_tbs));
  if (parts.Find(kPoisonOid).has_value() || parts.Find(kSctListOid).has_value()) {
    return Malformed("it has the poison or a list of SCTs already");
  }
  const std::string poison = Poison();
  parts.extensions.push_back(poison);
  return PutTogether(parts);
}

absl::StatusOr<std::string> RemovePoison(std::string_view precertificate_tbs) {
  ASSIGN_OR_RETURN(Parts parts, TakeApart(precertificate_tbs));
  ASSIGN_OR_RETURN(const size_t place, PlaceOfPoison(parts));
  parts.extensions.erase(parts.extensions.begin() + static_cast<std::ptrdiff_t>(place));
  return PutTogether(parts);
}

absl::StatusOr<std::string> ReplacePoison(std::string_view precertificate_tbs,
                                          std::span<const SignedCertificateTimestamp> scts) {
  ASSIGN_OR_RETURN(Parts parts, TakeApart(precertificate_tbs));
  ASSIGN_OR_RETURN(const size_t place, PlaceOfPoison(parts));
  const std::string list =
      der::Sequence(der::Oid(kSctListOid),
                    der::OctetString(der::OctetString(EncodeSctList(scts)).bytes()))
          .bytes();
  parts.extensions[place] = list;
  return PutTogether(parts);
}

absl::StatusOr<std::vector<SignedCertificateTimestamp>> SctsOf(std::string_view final_tbs) {
  ASSIGN_OR_RETURN(const Parts parts, TakeApart(final_tbs));
  ASSIGN_OR_RETURN(Scts found, FindScts(parts));
  return std::move(found.scts);
}

absl::StatusOr<std::string> RemoveSctList(std::string_view final_tbs) {
  ASSIGN_OR_RETURN(Parts parts, TakeApart(final_tbs));
  ASSIGN_OR_RETURN(const Scts found, FindScts(parts));
  parts.extensions.erase(parts.extensions.begin() + static_cast<std::ptrdiff_t>(found.place));
  return PutTogether(parts);
}

absl::Status ProveSame(std::string_view precertificate_tbs, std::string_view final_tbs) {
  ASSIGN_OR_RETURN(const Parts before, TakeApart(precertificate_tbs));
  ASSIGN_OR_RETURN(const Parts after, TakeApart(final_tbs));
  ASSIGN_OR_RETURN(const size_t place, PlaceOfPoison(before));
  ASSIGN_OR_RETURN(const Scts found, FindScts(after));
  if (before.before != after.before) return Malformed("a field before the extensions differs");
  if (before.extensions.size() != after.extensions.size() || place != found.place) {
    return Malformed("the list of SCTs is not in the place of the poison");
  }
  for (size_t i = 0; i < before.extensions.size(); ++i) {
    if (i != place && before.extensions[i] != after.extensions[i]) {
      return Malformed(base::Cat("extension ", before.oids[i], " differs"));
    }
  }
  // Strict DER has one encoding, so equal parts in equal order are equal octets.
  return absl::OkStatus();
}

}  // namespace cairn::ct
