#include "libs/acme/urls.h"

#include <charconv>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"

namespace cairn::acme {

bool IsBaseUrl(std::string_view url, bool plain_http) {
  if (url != base::ToLower(url)) return false;  // URLs are compared octet by octet
  constexpr std::string_view kHttps = "https://", kHttp = "http://";
  if (url.starts_with(kHttps)) {
    url.remove_prefix(kHttps.size());
  } else if (plain_http && url.starts_with(kHttp)) {
    url.remove_prefix(kHttp.size());
  } else {
    return false;
  }
  return !url.empty() && url.find_first_of("/?#") == std::string_view::npos;
}

std::string OrderIdText(uint64_t order_id) {
  std::string octets;
  for (int shift = 56; shift >= 0; shift -= 8) octets += static_cast<char>(order_id >> shift);
  return base::ToHex(octets);
}

std::optional<uint64_t> ParseOrderId(std::string_view text) {
  const auto octets = base::FromHex(text);
  if (!octets || octets->size() != 8) return std::nullopt;
  uint64_t value = 0;
  for (const char octet : *octets) value = value << 8 | static_cast<uint8_t>(octet);
  return value;
}

std::string AccountUrl(std::string_view base_url, const AccountId& id) {
  return base::Cat(base_url, kAccountPath, id.ToText());
}

std::string OrderUrl(std::string_view base_url, uint64_t order_id) {
  return base::Cat(base_url, kOrderPath, OrderIdText(order_id));
}

std::string FinalizeUrl(std::string_view base_url, uint64_t order_id) {
  return base::Cat(OrderUrl(base_url, order_id), kFinalizeSuffix);
}

std::string AuthorizationUrl(std::string_view base_url, uint64_t order_id, uint32_t position) {
  return base::Cat(base_url, kAuthorizationPath, OrderIdText(order_id), "/", position);
}

std::string ChallengeUrl(std::string_view base_url, uint64_t order_id, uint32_t position,
                         std::string_view method) {
  return base::Cat(base_url, kChallengePath, OrderIdText(order_id), "/", position, "/", method);
}

std::string CertificateUrl(std::string_view base_url, std::string_view serial) {
  return base::Cat(base_url, kCertificatePath, base::ToHex(serial));
}

std::optional<AccountId> ParseAccountUrl(std::string_view base_url, std::string_view url) {
  const std::string prefix = base::Cat(base_url, kAccountPath);
  if (!url.starts_with(prefix)) return std::nullopt;
  return AccountId::FromText(url.substr(prefix.size()));
}

std::optional<uint64_t> ParseFinalizeUrl(std::string_view base_url, std::string_view url) {
  const std::string prefix = base::Cat(base_url, kOrderPath);
  if (!url.starts_with(prefix) || !url.ends_with(kFinalizeSuffix)) return std::nullopt;
  url.remove_prefix(prefix.size());
  if (url.size() < kFinalizeSuffix.size()) return std::nullopt;
  url.remove_suffix(kFinalizeSuffix.size());
  return ParseOrderId(url);
}

std::optional<AuthorizationPath> ParseAuthorizationPath(std::string_view rest) {
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto order_id = ParseOrderId(rest.substr(0, slash));
  const std::string_view digits = rest.substr(slash + 1);
  uint32_t position = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  if (!order_id || error != std::errc() || end != digits.data() + digits.size() ||
      base::Cat(position) != digits) {
    return std::nullopt;
  }
  return AuthorizationPath{*order_id, position};
}

std::optional<ChallengePath> ParseChallengePath(std::string_view rest) {
  const size_t slash = rest.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto authorization = ParseAuthorizationPath(rest.substr(0, slash));
  const std::string_view method = rest.substr(slash + 1);
  if (!authorization || method.empty()) return std::nullopt;
  return ChallengePath{authorization->order_id, authorization->position, std::string(method)};
}

}  // namespace cairn::acme
