#include "libs/x509/ca_name.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/der/reader.h"
#include "libs/errors/errors.h"
#include "libs/x509/oids.h"

namespace cairn::x509 {
namespace {

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

// The bounds of X.520 are characters, not octets.
size_t Characters(std::string_view utf8) {
  return static_cast<size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

absl::Status CheckText(std::string_view what, std::string_view text, size_t most) {
  if (!base::IsUtf8(text)) return Bad(base::Cat(what, " is not UTF-8"));
  if (text.empty()) return Bad(base::Cat(what, " is missing"));
  if (Characters(text) > most) {
    return Bad(base::Cat(what, " has more than ", most, " characters"));
  }
  if (text.front() == ' ' || text.back() == ' ') {
    return Bad(base::Cat(what, " begins or ends with a blank"));
  }
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return (static_cast<uint8_t>(c) < 0x20) || c == 0x7f; })) {
    return Bad(base::Cat(what, " has a control character"));
  }
  return absl::OkStatus();
}

der::Value Attribute(std::string_view oid, const der::Value& value) {
  return der::Set({der::Sequence(der::Oid(oid), value)});
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kShortNames = {{
    {oid::kCountry, "C"},
    {oid::kState, "ST"},
    {oid::kLocality, "L"},
    {oid::kOrganization, "O"},
    {oid::kOrganizationalUnit, "OU"},
    {oid::kCommonName, "CN"},
}};

// Far more than any name of a CA has; what is cut off is marked.
constexpr size_t kMaxShown = 200;

}  // namespace

absl::Status CheckCaName(const CaName& name) {
  if (name.country.size() != 2 || !std::all_of(name.country.begin(), name.country.end(),
                                               [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return Bad("country is two upper-case letters");
  }
  // BR 7.1.4.2, the table of attributes.
  if (!name.state.empty()) RETURN_IF_ERROR(CheckText("state", name.state, 128));
  if (!name.locality.empty()) RETURN_IF_ERROR(CheckText("locality", name.locality, 128));
  RETURN_IF_ERROR(CheckText("organization", name.organization, 64));
  return CheckText("common_name", name.common_name, 64);
}

der::Value ComposeCaName(const CaName& name) {
  INVARIANT(CheckCaName(name).ok(), "callers check what they were given");
  std::vector<der::Value> out;
  out.push_back(Attribute(oid::kCountry, der::PrintableString(name.country)));
  if (!name.state.empty()) {
    out.push_back(Attribute(oid::kState, der::Utf8String(name.state)));
  }
  if (!name.locality.empty()) {
    out.push_back(Attribute(oid::kLocality, der::Utf8String(name.locality)));
  }
  out.push_back(Attribute(oid::kOrganization, der::Utf8String(name.organization)));
  out.push_back(Attribute(oid::kCommonName, der::Utf8String(name.common_name)));
  return der::Sequence(out);
}

absl::StatusOr<std::string> NameToText(std::string_view name_der) {
  der::Reader outer(name_der);
  ASSIGN_OR_RETURN(der::Reader name, outer.EnterSequence());
  RETURN_IF_ERROR(outer.Finish());
  std::string text;
  while (!name.AtEnd()) {
    ASSIGN_OR_RETURN(der::Reader relative, name.Enter(der::kSet));
    std::string_view separator = text.empty() ? "" : ", ";
    while (!relative.AtEnd()) {
      ASSIGN_OR_RETURN(der::Reader attribute, relative.EnterSequence());
      ASSIGN_OR_RETURN(std::string type, attribute.ReadOid());
      ASSIGN_OR_RETURN(const der::Element value, attribute.ReadAny());
      RETURN_IF_ERROR(attribute.Finish());
      for (const auto& [number, short_name] : kShortNames) {
        if (type == number) type = std::string(short_name);
      }
      const bool is_text = value.tag == der::kUtf8String && base::IsUtf8(value.content) &&
                           std::none_of(value.content.begin(), value.content.end(), [](char c) {
                             return static_cast<uint8_t>(c) < 0x20 || c == 0x7f;
                           });
      text += base::Cat(separator, type, "=",
                        is_text ? std::string(value.content.substr(0, kMaxShown))
                                : base::Escaped(value.content, kMaxShown));
      separator = "+";
    }
  }
  return text.empty() ? "(empty)" : text;
}

}  // namespace cairn::x509
