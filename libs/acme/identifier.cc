#include "libs/acme/identifier.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "libs/base/ip_address.h"
#include "libs/base/punycode.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::acme {
namespace {

using errors::Reason;

constexpr size_t kMaxName = 253;  // RFC 1034 section 3.1, without the root's label
constexpr size_t kMaxLabel = 63;
constexpr size_t kMaxLabels = 10;  // NAME-20: deeper names are mistakes or attacks

bool IsLdh(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

std::vector<std::string_view> Labels(std::string_view name) {
  std::vector<std::string_view> labels;
  while (true) {
    const size_t dot = name.find('.');
    labels.push_back(name.substr(0, dot));
    if (dot == std::string_view::npos) return labels;
    name.remove_prefix(dot + 1);
  }
}

absl::Status Malformed(std::string_view name, std::string_view why) {
  return errors::Make(Reason::kMalformed,
                      base::Cat("\"", base::Escaped(name, 260), "\" is not a DNS name: ", why));
}

absl::Status CheckSyntax(std::string_view name) {
  if (name.empty()) return Malformed(name, "it is empty");
  if (name.size() > kMaxName) return Malformed(name, "it is longer than 253 characters");
  if (name.ends_with('.')) return Malformed(name, "it ends with a dot");
  const auto labels = Labels(name);
  if (labels.size() > kMaxLabels) return Malformed(name, "it has more than 10 labels");
  for (const std::string_view label : labels) {
    if (label.empty()) return Malformed(name, "it has an empty label");
    if (label.size() > kMaxLabel) return Malformed(name, "a label is longer than 63 characters");
    if (!std::all_of(label.begin(), label.end(), IsLdh)) {
      return Malformed(name,
                       "labels are made of letters, digits and hyphens; write other characters "
                       "as A-labels (xn--...)");
    }
    if (label.front() == '-' || label.back() == '-') {
      return Malformed(name, "a label begins or ends with a hyphen");
    }
    if (label.size() >= 4 && label.substr(2, 2) == "--") {
      if (!label.starts_with("xn--")) {
        return Malformed(name, "labels with hyphens at the third and fourth place are reserved");
      }
      // NAME-06: the one encoding of a label that needs it.
      if (!base::FromALabel(label).has_value()) {
        return Malformed(name, "a label is not valid Punycode");
      }
    }
  }
  const std::string_view last = labels.back();
  // An address, or something that software would take for one.
  if (std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return Malformed(name, "its last label is a number: an IP address is not a DNS name");
  }
  return absl::OkStatus();
}

bool Under(std::string_view name, std::string_view domain) {
  return name == domain || (name.size() > domain.size() && name.ends_with(domain) &&
                            name[name.size() - domain.size() - 1] == '.');
}

absl::Status CheckNeverIssued(std::string_view name) {
  for (const std::string_view domain : {"onion", "in-addr.arpa", "ip6.arpa"}) {
    if (Under(name, domain)) {
      return errors::Make(Reason::kRejectedIdentifier,
                          base::Cat("certificates for names under ", domain, " are not issued"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<RequestedName> ParseAddress(std::string_view value) {
  if (!base::IpAddress::ParseIdentifier(value)) {
    const std::optional<base::IpAddress> other = base::IpAddress::Parse(value);
    if (other && other->embeds_ipv4()) {
      return errors::Make(
          Reason::kMalformed,
          base::Cat("\"", base::Escaped(value, 80),
                    "\" is an IPv4 address in IPv6 form: ask for the IPv4 address"));
    }
    return errors::Make(
        Reason::kMalformed,
        base::Cat("\"", base::Escaped(value, 80), "\" is not an IP address in canonical form",
                  other ? base::Cat(": write ", other->ToText()) : ""));
  }
  RequestedName requested;
  requested.identifier.set_type(core::v1::Identifier::TYPE_IP);
  requested.identifier.set_value(std::string(value));
  return requested;
}

}  // namespace

absl::StatusOr<RequestedName> ParseIdentifier(std::string_view type, std::string_view value) {
  if (type == "ip") return ParseAddress(value);
  if (type != "dns") {
    return errors::Make(Reason::kUnsupportedIdentifier,
                        base::Cat("the identifier type \"", base::Escaped(type, 40),
                                  "\" is not supported: use \"dns\" or \"ip\""));
  }
  RequestedName requested;
  std::string name = base::ToLower(value);
  if (name.starts_with("*.")) {
    requested.wildcard = true;
    name.erase(0, 2);
  }
  RETURN_IF_ERROR(CheckSyntax(name));
  RETURN_IF_ERROR(CheckNeverIssued(name));
  if (Labels(name).size() < 2) {
    return errors::Make(Reason::kRejectedIdentifier,
                        base::Cat("\"", name,
                                  "\" is a single label: certificates are issued for "
                                  "names below a top-level domain"));
  }
  requested.identifier.set_type(core::v1::Identifier::TYPE_DNS);
  requested.identifier.set_value(name);
  return requested;
}

absl::Status CheckDnsName(std::string_view name) {
  RETURN_IF_ERROR(CheckSyntax(name));
  return CheckNeverIssued(name);
}

}  // namespace cairn::acme
