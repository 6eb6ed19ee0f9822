#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/x509/ocsp_cert_id.h"

namespace cairn::x509 {

// A question about certificates (RFC 6960 section 4.1.1): strict DER of at most
// 10,000 octets and 32 CertIDs. A signature is passed over, as RFC 5019 section
// 2.1.2 allows: who asks does not matter.
struct OcspRequest {
  // kMalformed, also for a critical extension other than the nonce, which must not
  // be passed over (RFC 6960 section 4.1.2, OCSP-29).
  static absl::StatusOr<OcspRequest> Parse(std::string_view der);

  std::vector<OcspCertId> certificates;  // at least one
  // The octets of the nonce (RFC 8954), 1 to 32; pre-produced answers have none.
  std::optional<std::string> nonce;
};

}  // namespace cairn::x509
