#include <bit>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "libs/lint/oids.h"
#include "libs/lint/take.h"

namespace cairn::lint {
namespace {

using der::Element;
using der::Reader;

std::string_view WithoutLeadingZeros(std::string_view octets) {
  while (!octets.empty() && octets[0] == '\0') octets.remove_prefix(1);
  return octets;
}

absl::Status TakeRsa(std::string_view key_octets, PublicKeyInfo& key) {
  Reader whole(key_octets);
  ASSIGN_OR_RETURN(Reader numbers, whole.EnterSequence());
  RETURN_IF_ERROR(whole.Finish());
  ASSIGN_OR_RETURN(const Element modulus, numbers.Read(der::kInteger));
  ASSIGN_OR_RETURN(const Element exponent, numbers.Read(der::kInteger));
  RETURN_IF_ERROR(numbers.Finish());
  key.modulus = WithoutLeadingZeros(modulus.content);
  key.exponent = WithoutLeadingZeros(exponent.content);
  if (!key.modulus.empty()) {
    const auto top = static_cast<uint8_t>(key.modulus[0]);
    key.modulus_bits = key.modulus.size() * 8 - static_cast<size_t>(std::countl_zero(top));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TimeField> TakeTime(Reader& reader) {
  const uint8_t tag = reader.NextIs(der::kGeneralizedTime) ? der::kGeneralizedTime : der::kUtcTime;
  ASSIGN_OR_RETURN(const Element element, reader.Read(tag));
  return TimeField{tag, element.content, TimeOf(tag, element.content)};
}

absl::StatusOr<std::vector<Attribute>> TakeName(std::string_view content) {
  std::vector<Attribute> out;
  Reader names(content);
  for (size_t rdn = 0; !names.AtEnd(); ++rdn) {
    ASSIGN_OR_RETURN(Reader set, names.Enter(der::kSet));
    if (set.AtEnd()) {
      return errors::Make(errors::Reason::kMalformed, "a relative name has no attribute");
    }
    while (!set.AtEnd()) {
      ASSIGN_OR_RETURN(Reader pair, set.EnterSequence());
      ASSIGN_OR_RETURN(const Element type, pair.Read(der::kOid));
      ASSIGN_OR_RETURN(const Element value, pair.ReadAny());
      RETURN_IF_ERROR(pair.Finish());
      if (out.size() == kMaxItems) {
        return errors::Make(errors::Reason::kMalformed, "a name has too many attributes");
      }
      out.push_back({type.content, value.tag, value.content, rdn});
    }
  }
  return out;
}

absl::Status TakeKey(const Element& spki, PublicKeyInfo& key) {
  key.der = spki.der;
  Reader content(spki.content);
  ASSIGN_OR_RETURN(const Element algorithm, content.Read(der::kSequence));
  ASSIGN_OR_RETURN(const Element bits, content.Read(der::kBitString));
  RETURN_IF_ERROR(content.Finish());
  key.algorithm_der = algorithm.der;
  Reader identifier(algorithm.content);
  ASSIGN_OR_RETURN(const Element type, identifier.Read(der::kOid));
  key.algorithm = type.content;
  key.parameters = identifier.rest();
  if (!bits.content.empty()) key.key = bits.content.substr(1);
  // What is no RSAPublicKey has no modulus; KeyFacts says why.
  if (key.is_rsa()) (void)TakeRsa(key.key, key);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<GeneralName>> TakeGeneralNames(Reader list) {
  std::vector<GeneralName> out;
  while (!list.AtEnd()) {
    ASSIGN_OR_RETURN(const Element name, list.ReadAny());
    // RFC 5280 section 4.2.1.6: [0] to [8].
    constexpr uint8_t kConstructed = 0x20;
    if ((name.tag & ~kConstructed) < der::Context(0) ||
        (name.tag & ~kConstructed) > der::Context(8)) {
      return errors::Make(errors::Reason::kMalformed, "what stands among names is no GeneralName");
    }
    out.push_back({name.tag, name.content});
  }
  return out;
}

}  // namespace cairn::lint
