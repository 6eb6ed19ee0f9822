#include "deploy/local/dns/tsig_key.h"

#include <regex>

namespace cairn::local_dns {

std::optional<TsigKey> ParseTsigKey(std::string_view text) {
  static const std::regex kForm(
      "\\s*key\\s+\"?([A-Za-z0-9.-]{1,200})\"?\\s*\\{\\s*"
      "algorithm\\s+\"?hmac-sha256\\.?\"?\\s*;\\s*"
      "secret\\s+\"?([A-Za-z0-9+/]{1,400}={0,2})\"?\\s*;\\s*\\}\\s*;\\s*");
  std::match_results<std::string_view::const_iterator> match;
  if (!std::regex_match(text.begin(), text.end(), match, kForm)) return std::nullopt;
  TsigKey key{.name = match[1], .secret = match[2]};
  if (!key.name.ends_with('.')) key.name.push_back('.');
  return key;
}

}  // namespace cairn::local_dns
