#include "libs/x509/names.h"

#include <algorithm>

#include "libs/base/invariant.h"
#include "libs/base/ip_address.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/der/reader.h"
#include "libs/errors/errors.h"
#include "libs/x509/oids.h"

namespace cairn::x509 {
namespace {

// GeneralName's choices that name a server.
constexpr uint8_t kDnsName = der::Context(2);
constexpr uint8_t kIpAddress = der::Context(7);

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

void SortUnique(std::vector<std::string>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

}  // namespace

void Names::Normalize() {
  SortUnique(dns);
  SortUnique(ips);
}

bool IsDnsName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  if (name.starts_with("*.")) name.remove_prefix(2);
  while (true) {
    const size_t dot = name.find('.');
    if (!IsLabel(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

std::optional<std::string> IpFromText(std::string_view text) {
  const std::optional<base::IpAddress> address = base::IpAddress::ParseIdentifier(text);
  if (!address) return std::nullopt;
  return std::string(address->bytes());
}

std::string IpToText(std::string_view octets) {
  const std::optional<base::IpAddress> address = base::IpAddress::FromBytes(octets);
  INVARIANT(address.has_value(), "readers check the size");
  return address->ToText();
}

der::Value GeneralNames(const Names& names) {
  std::vector<der::Value> items;
  items.reserve(names.size());
  for (const std::string& name : names.dns) {
    INVARIANT(IsDnsName(name), "names in certificates were checked by every parser on the way");
    items.push_back(der::Wrap(kDnsName, name));
  }
  for (const std::string& ip : names.ips) {
    INVARIANT(ip.size() == 4 || ip.size() == 16, "readers check the size");
    items.push_back(der::Wrap(kIpAddress, ip));
  }
  return der::Sequence(items);
}

absl::StatusOr<Names> ReadGeneralNames(std::string_view general_names_der) {
  der::Reader outer(general_names_der);
  ASSIGN_OR_RETURN(der::Reader reader, outer.EnterSequence());
  RETURN_IF_ERROR(outer.Finish());
  Names names;
  while (!reader.AtEnd()) {
    ASSIGN_OR_RETURN(const der::Element item, reader.ReadAny());
    if (item.tag == kDnsName) {
      std::string name = base::ToLower(item.content);
      if (!IsDnsName(name)) {
        return Bad(base::Cat("not a DNS name: ", base::Escaped(item.content, 80)));
      }
      names.dns.push_back(std::move(name));
    } else if (item.tag == kIpAddress) {
      if (item.content.size() != 4 && item.content.size() != 16) {
        return Bad("an iPAddress has 4 or 16 octets");
      }
      names.ips.emplace_back(item.content);
    } else {
      return Bad("a subject alternative name is neither a DNS name nor an IP address");
    }
  }
  if (names.empty()) return Bad("the subject alternative name is empty");
  return names;
}

der::Value EmptyName() { return der::Sequence(); }

der::Value CommonNameOnly(std::string_view common_name) {
  return der::Sequence(
      der::Set({der::Sequence(der::Oid(oid::kCommonName), der::Utf8String(common_name))}));
}

absl::StatusOr<std::optional<std::string>> ReadCommonName(std::string_view name_der) {
  der::Reader outer(name_der);
  ASSIGN_OR_RETURN(der::Reader name, outer.EnterSequence());
  RETURN_IF_ERROR(outer.Finish());
  std::optional<std::string> common_name;
  while (!name.AtEnd()) {
    ASSIGN_OR_RETURN(der::Reader relative, name.Enter(der::kSet));
    ASSIGN_OR_RETURN(der::Reader attribute, relative.EnterSequence());
    if (!relative.AtEnd()) return Bad("a relative distinguished name has several attributes");
    ASSIGN_OR_RETURN(const std::string type, attribute.ReadOid());
    ASSIGN_OR_RETURN(const der::Element value, attribute.ReadAny());
    RETURN_IF_ERROR(attribute.Finish());
    RETURN_IF_ERROR(der::CheckStrict(value.der));
    if (type != oid::kCommonName) continue;
    if (common_name.has_value()) return Bad("the subject has several common names");
    if (value.tag != der::kUtf8String && value.tag != der::kPrintableString &&
        value.tag != der::kIa5String && value.tag != der::kTeletexString) {
      return Bad("the common name is in a type that isn't read");
    }
    common_name = std::string(value.content);
  }
  return common_name;
}

}  // namespace cairn::x509
