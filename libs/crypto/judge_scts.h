#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <vector>

namespace cairn::crypto::judge {

// For each SCT that OpenSSL reads in a final certificate, in order, whether it is
// one of a known log for this certificate and its issuer at that time.
//
// `log_file` is what CTLOG_STORE_load_file reads (openssl-ctlog): a key
// "enabled_logs" with names of sections, each with "description" and the base64 of
// a "key". kMalformed for certificates that OpenSSL doesn't parse, without SCTs too.
absl::StatusOr<std::vector<bool>> CheckScts(std::string_view certificate_der,
                                            std::string_view issuer_der,
                                            const std::string& log_file, absl::Time now);

}  // namespace cairn::crypto::judge
