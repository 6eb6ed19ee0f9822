#include "services/va/reports/destination.h"

#include <algorithm>
#include <utility>

#include "libs/base/strings.h"

namespace cairn::va {
namespace {

constexpr size_t kMaxUrl = 1024;
constexpr size_t kMaxLocalPart = 64;  // RFC 5321 section 4.5.3.1.1
constexpr size_t kMaxMailbox = 254;   // its section 4.5.3.1.3, less the brackets
constexpr size_t kMaxDomain = 253;
constexpr size_t kMaxLabel = 63;

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// atext of RFC 5322 section 3.2.3, less what some servers route by ("%", "!") or take
// for a file or a program ("/", "|").
bool IsAtext(char c) {
  return IsAlnum(c) || std::string_view("#$&'*+-=?^_`{}~").find(c) != std::string_view::npos;
}

// Whether all parts between dots are there and satisfy `part`.
template <typename Part>
bool AreParts(std::string_view text, Part part) {
  while (true) {
    const size_t dot = text.find('.');
    const std::string_view first = text.substr(0, dot);
    if (first.empty() || !part(first)) return false;
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool IsLabel(std::string_view label) {
  return label.size() <= kMaxLabel && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) { return IsAlnum(c) || c == '-'; });
}

// A name in DNS with a dot, and no address.
bool IsDomain(std::string_view text) {
  return text.size() <= kMaxDomain && text.find('.') != text.npos && AreParts(text, IsLabel) &&
         !std::all_of(text.begin() + static_cast<ptrdiff_t>(text.rfind('.')) + 1, text.end(),
                      [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Destination> ParseMailto(std::string_view address) {
  // A "?" is allowed in a local part, but here it begins header fields (RFC 6068).
  if (!IsMailbox(address) || address.find('?') != address.npos) return std::nullopt;
  return Destination{.domain = base::ToLower(address.substr(address.rfind('@') + 1)),
                     .mailbox = std::string(address)};
}

}  // namespace

bool IsMailbox(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == text.npos || at > kMaxLocalPart || text.size() > kMaxMailbox) return false;
  return AreParts(text.substr(0, at),
                  [](std::string_view part) {
                    return std::all_of(part.begin(), part.end(), IsAtext);
                  }) &&
         IsDomain(text.substr(at + 1));
}

std::optional<Destination> ParseDestination(std::string_view iodef) {
  if (iodef.size() > kMaxUrl) return std::nullopt;
  const size_t colon = iodef.find(':');
  if (colon == iodef.npos) return std::nullopt;
  const std::string scheme = base::ToLower(iodef.substr(0, colon));
  if (scheme == "mailto") return ParseMailto(iodef.substr(colon + 1));
  if (scheme != "https" || !iodef.substr(colon + 1).starts_with("//")) return std::nullopt;
  // A redirect is followed by the same rules, and they are strict.
  UrlError error;
  std::optional<Url> url = FollowLocation(Url{.https = true, .host = "nowhere.invalid"},
                                          base::Cat("https", iodef.substr(colon)), error);
  if (!url || !url->https || url->ip || !IsDomain(url->host)) return std::nullopt;
  if (url->port && *url->port != 443) return std::nullopt;
  return Destination{.domain = url->host, .url = *std::move(url)};
}

}  // namespace cairn::va
