#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/acme/account_id.h"

namespace cairn::acme {

// The paths of Cairn's ACME resources, after the base URL ("https://acme.example",
// without a trailing slash). The WFE, the RA (which names accounts towards CAA)
// and the signer (which accepts requests to finalize URLs only) must agree on them.
inline constexpr std::string_view kDirectoryPath = "/directory";
inline constexpr std::string_view kNewNoncePath = "/acme/new-nonce";
inline constexpr std::string_view kNewAccountPath = "/acme/new-account";
inline constexpr std::string_view kNewOrderPath = "/acme/new-order";
inline constexpr std::string_view kAccountPath = "/acme/account/";
inline constexpr std::string_view kOrderPath = "/acme/order/";
inline constexpr std::string_view kFinalizeSuffix = "/finalize";
inline constexpr std::string_view kAuthorizationPath = "/acme/authorization/";
inline constexpr std::string_view kChallengePath = "/acme/challenge/";
inline constexpr std::string_view kCertificatePath = "/acme/certificate/";

// "https://acme.example": scheme, host and perhaps port, in lower case, without a
// slash at the end. Plain HTTP, which RFC 8555 section 6.1 forbids, only where `plain_http` says
// so: for load tests on one machine.
bool IsBaseUrl(std::string_view url, bool plain_http = false);
inline constexpr std::string_view kBaseUrlForm =
    "must be like \"https://acme.example\", in lower case, without a slash at the end";

// 16 lower-case hex digits.
std::string OrderIdText(uint64_t order_id);
std::optional<uint64_t> ParseOrderId(std::string_view text);

std::string AccountUrl(std::string_view base_url, const AccountId& id);
std::string OrderUrl(std::string_view base_url, uint64_t order_id);
std::string FinalizeUrl(std::string_view base_url, uint64_t order_id);
std::string AuthorizationUrl(std::string_view base_url, uint64_t order_id, uint32_t position);
std::string ChallengeUrl(std::string_view base_url, uint64_t order_id, uint32_t position,
                         std::string_view method);
// `serial` is raw.
std::string CertificateUrl(std::string_view base_url, std::string_view serial);

// Each accepts exactly what its counterpart writes: every resource has one URL.
std::optional<AccountId> ParseAccountUrl(std::string_view base_url, std::string_view url);
std::optional<uint64_t> ParseFinalizeUrl(std::string_view base_url, std::string_view url);

// The part of a path after `/acme/authorization/`: "<order id>/<position>".
struct AuthorizationPath {
  uint64_t order_id;
  uint32_t position;
};
std::optional<AuthorizationPath> ParseAuthorizationPath(std::string_view rest);
// After `/acme/challenge/`: "<order id>/<position>/<method>".
struct ChallengePath {
  uint64_t order_id;
  uint32_t position;
  std::string method;
};
std::optional<ChallengePath> ParseChallengePath(std::string_view rest);

}  // namespace cairn::acme
