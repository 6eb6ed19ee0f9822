#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>
#include <string_view>

namespace cairn::crypto::judge {

// What OpenSSL reads in an OCSP response with one answer. Thread-safe.
struct OcspResponse {
  std::string data_der;  // the ResponseData, encoded again from what was parsed
  std::string serial;    // big-endian, without leading zeros
  bool revoked = false;
  int reason = -1;  // -1: none
  absl::Time this_update;
  absl::Time next_update;
};
// kMalformed for what OpenSSL doesn't parse, or parses and encodes in another way,
// and for any other number of answers.
absl::StatusOr<OcspResponse> ReadOcspResponse(std::string_view der);

// Whether the response is signed by the issuer, or by one whom it delegated that
// to, as OpenSSL sees it at that time; and whether the answer is about `serial`
// (big-endian) of the issuer and holds then. kMalformed, with the reason, if not.
absl::Status VerifyOcspResponse(std::string_view der, std::string_view issuer_der,
                                std::string_view serial, absl::Time at);

// Whether OpenSSL takes all of `der` as an OCSP request; -1 if not, else how many
// certificates it asks about.
int CountOcspRequest(std::string_view der);

}  // namespace cairn::crypto::judge
