#include "libs/acme/identifier.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

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

// RFC 3492 section 6: the bias after a delta.
uint32_t Adapt(uint32_t delta, uint32_t points, bool first) {
  delta = first ? delta / 700 : delta / 2;
  delta += delta / points;
  uint32_t k = 0;
  for (; delta > 455; k += 36) delta /= 35;
  return k + 36 * delta / (delta + 38);
}

uint32_t Threshold(uint32_t k, uint32_t bias) {
  if (k <= bias) return 1;
  return k >= bias + 26 ? 26 : k - bias;
}

std::optional<std::vector<uint32_t>> DecodePunycode(std::string_view text) {
  std::vector<uint32_t> points;
  const size_t hyphen = text.rfind('-');
  if (hyphen != std::string_view::npos) {
    for (const char c : text.substr(0, hyphen)) points.push_back(static_cast<uint8_t>(c));
    text.remove_prefix(hyphen + 1);
  }
  if (text.empty()) return std::nullopt;
  uint32_t n = 128, i = 0, bias = 72;
  while (!text.empty()) {
    const uint32_t old = i;
    uint32_t weight = 1;
    for (uint32_t k = 36;; k += 36) {
      if (text.empty()) return std::nullopt;
      const char c = text.front();
      text.remove_prefix(1);
      if (c == '-') return std::nullopt;
      const uint32_t digit =
          c >= 'a' ? static_cast<uint32_t>(c - 'a') : static_cast<uint32_t>(c - '0') + 26;
      if (digit > (UINT32_MAX - i) / weight) return std::nullopt;
      i += digit * weight;
      const uint32_t t = Threshold(k, bias);
      if (digit < t) break;
      if (weight > UINT32_MAX / (36 - t)) return std::nullopt;
      weight *= 36 - t;
    }
    const auto count = static_cast<uint32_t>(points.size() + 1);
    bias = Adapt(i - old, count, old == 0);
    if (i / count > 0x10ffff - n) return std::nullopt;
    n += i / count;
    i %= count;
    points.insert(points.begin() + i, n);
    ++i;
  }
  return points;
}

std::string EncodePunycode(const std::vector<uint32_t>& points) {
  std::string out;
  for (const uint32_t point : points) {
    if (point < 128) out += static_cast<char>(point);
  }
  const auto basic = static_cast<uint32_t>(out.size());
  if (basic > 0) out += '-';
  uint32_t n = 128, delta = 0, bias = 72, done = basic;
  while (done < points.size()) {
    uint32_t next = UINT32_MAX;
    for (const uint32_t point : points) {
      if (point >= n) next = std::min(next, point);
    }
    delta += (next - n) * (done + 1);
    n = next;
    for (const uint32_t point : points) {
      if (point < n) ++delta;
      if (point != n) continue;
      uint32_t q = delta;
      for (uint32_t k = 36;; k += 36) {
        const uint32_t t = Threshold(k, bias);
        const uint32_t digit = q < t ? q : t + (q - t) % (36 - t);
        out += static_cast<char>(digit < 26 ? 'a' + digit : '0' + digit - 26);
        if (q < t) break;
        q = (q - t) / (36 - t);
      }
      bias = Adapt(delta, done + 1, done == basic);
      delta = 0;
      ++done;
    }
    ++delta;
    ++n;
  }
  return out;
}

// Whether an "xn--" label is the one encoding of a label that needs it
// (NAME-06). The length of a label keeps the arithmetic far from overflow.
bool IsALabel(std::string_view label) {
  const std::string_view encoded = label.substr(4);
  const auto points = DecodePunycode(encoded);
  if (!points) return false;
  const bool only_ascii =
      std::all_of(points->begin(), points->end(), [](uint32_t point) { return point < 128; });
  const bool surrogates = std::any_of(points->begin(), points->end(), [](uint32_t point) {
    return point >= 0xd800 && point <= 0xdfff;
  });
  return !only_ascii && !surrogates && EncodePunycode(*points) == encoded;
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
      if (!IsALabel(label)) return Malformed(name, "a label is not valid Punycode");
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

}  // namespace

absl::StatusOr<RequestedName> ParseIdentifier(std::string_view type, std::string_view value) {
  if (type == "ip") {
    return errors::Make(Reason::kUnsupportedIdentifier,
                        "certificates for IP addresses are not issued here");
  }
  if (type != "dns") {
    return errors::Make(Reason::kUnsupportedIdentifier,
                        base::Cat("the identifier type \"", base::Escaped(type, 40),
                                  "\" is not supported: use \"dns\""));
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
