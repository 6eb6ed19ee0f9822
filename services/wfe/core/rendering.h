#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>
#include <vector>

#include "libs/http/server/server.h"
#include "protos/core/v1/core.pb.h"

namespace cairn::wfe {

// ACME's objects as JSON (RFC 8555 section 7.1), with URLs under `base_url`. Pure.

std::string AccountJson(const core::v1::Account& account);
std::string OrderJson(std::string_view base_url, const core::v1::Order& order);
// `caa_identities`: the issuer domain names that dns-persist-01 tells clients of.
std::string AuthorizationJson(std::string_view base_url,
                              const core::v1::Authorization& authorization,
                              const std::vector<std::string>& caa_identities);
std::string ChallengeJson(std::string_view base_url, const core::v1::Authorization& authorization,
                          std::string_view method, const std::vector<std::string>& caa_identities);

// RFC 3339 in UTC with whole seconds (ACME-130).
std::string TimeText(int64_t unix_seconds);

// application/pem-certificate-chain: the leaf first (RFC 8555 section 9.1).
std::string PemChain(std::string_view certificate_der, const std::vector<std::string>& chain_der);

// The problem document of a failure (RFC 8555 section 6.7), with Retry-After where
// it says so. What people outside may not read is withheld.
http::Response ProblemResponse(const absl::Status& status);

// What a poll should wait, in seconds, while an order or authorization is being
// worked on (clients want a number, not a date).
inline constexpr std::string_view kRetryAfter = "1";

http::Response JsonResponse(int status, std::string body);

}  // namespace cairn::wfe
