#include "services/va/core/url.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "libs/base/strings.h"

namespace cairn::va {
namespace {

constexpr size_t kMaxUrl = 2000;

// Letters, digits and inner hyphens (and underscores, which real hosts have), in
// at least two labels, the last one not a number.
bool IsHostName(std::string_view host) {
  if (host.size() > 253) return false;
  size_t labels = 0;
  std::string_view label;
  while (true) {
    const size_t dot = host.find('.');
    label = host.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-' ||
        !std::all_of(label.begin(), label.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        })) {
      return false;
    }
    ++labels;
    if (dot == host.npos) break;
    host.remove_prefix(dot + 1);
  }
  // What ends in a number is an address in one of the spellings that resolvers
  // of hosts accept, such as 127.1 or 0x7f.1.
  return labels >= 2 && !(label.front() >= '0' && label.front() <= '9');
}

// RFC 3986 section 5.2.4.
std::string RemoveDotSegments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool folder = false;
  path.remove_prefix(1);
  while (true) {
    const size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    folder = segment == "." || segment == "..";
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segment != ".") {
      kept.push_back(segment);
    }
    if (slash == path.npos) break;
    path.remove_prefix(slash + 1);
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  if (folder || out.empty()) out += '/';
  return out;
}

// "host", "host:port", "[v6]:port".
bool ParseAuthority(std::string_view text, Url& url, UrlError& error) {
  if (text.find('@') != text.npos) {
    error.why = "it has a user name";
    return false;
  }
  std::string_view host, port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == text.npos) {
      error.why = "it is malformed";
      return false;
    }
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    host = text.substr(0, text.find(':'));
    port = text.substr(host.size());
  }
  url.host = base::ToLower(host);
  url.ip = base::IpAddress::Parse(url.host);
  if (text.starts_with('[') ? !(url.ip && url.ip->is_v6()) : (url.ip && url.ip->is_v6())) {
    error.why = "its host is malformed";
    return false;
  }
  if (url.host.ends_with('.')) url.host.pop_back();
  if (!url.ip && !IsHostName(url.host)) {
    error.why = "its host is neither a public DNS name nor an address";
    return false;
  }
  url.port.reset();
  if (port.empty() || port == ":") return true;
  uint16_t number = 0;
  const auto [end, code] = std::from_chars(port.data() + 1, port.data() + port.size(), number);
  if (port[0] != ':' || code != std::errc() || end != port.data() + port.size() || number == 0) {
    error.why = "its port is malformed";
    return false;
  }
  url.port = number;
  return true;
}

}  // namespace

std::string Url::HostField() const {
  std::string field = ip && ip->is_v6() ? base::Cat("[", host, "]") : host;
  if (port && *port != (https ? 443 : 80)) field += base::Cat(":", *port);
  return field;
}

std::string Url::ToText() const {
  return base::Cat(https ? "https://" : "http://", HostField(), target);
}

std::optional<Url> FollowLocation(const Url& from, std::string_view location, UrlError& error) {
  if (location.empty() || location.size() > kMaxUrl) {
    error.why = location.empty() ? "there is no Location" : "it is too long";
    return std::nullopt;
  }
  if (!std::all_of(location.begin(), location.end(), [](char c) { return c > 0x20 && c < 0x7f; })) {
    error.why = "it has other characters than visible ASCII";
    return std::nullopt;
  }
  location = location.substr(0, location.find('#'));

  Url url = from;
  const size_t delimiter = location.find_first_of(":/?");
  if (delimiter != location.npos && location[delimiter] == ':') {
    const std::string scheme = base::ToLower(location.substr(0, delimiter));
    if (scheme != "http" && scheme != "https") {
      error.why = "its scheme is neither http nor https";
      return std::nullopt;
    }
    url.https = scheme == "https";
    location.remove_prefix(delimiter + 1);
    if (!location.starts_with("//")) {
      error.why = "it is malformed";
      return std::nullopt;
    }
  }
  if (location.starts_with("//")) {
    location.remove_prefix(2);
    const std::string_view authority = location.substr(0, location.find_first_of("/?"));
    if (!ParseAuthority(authority, url, error)) return std::nullopt;
    location.remove_prefix(authority.size());
    url.target.assign(1, '/');
  }
  if (location.empty()) return url;

  const std::string_view path = location.substr(0, location.find('?'));
  const std::string_view query = location.substr(path.size());
  const std::string base_path = url.target.substr(0, url.target.find('?'));
  if (path.starts_with('/')) {
    url.target = RemoveDotSegments(path);
  } else if (path.empty()) {
    url.target = base_path;
  } else {
    url.target = RemoveDotSegments(
        base::Cat(std::string_view(base_path).substr(0, base_path.rfind('/') + 1), path));
  }
  url.target += query;
  return url;
}

}  // namespace cairn::va
