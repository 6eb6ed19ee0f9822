#pragma once

#include <absl/status/status.h>

#include <string_view>

#include "protos/core/v1/core.pb.h"

namespace cairn::va {

// Whether the certificate that a server showed answers a tls-alpn-01 challenge
// (RFC 8737 section 3, RFC 8738 section 6): self-signed, the identifier its one
// name, and `digest`, the SHA-256 of the key authorization, in a critical
// acmeIdentifier. Its dates don't matter. kIncorrectResponse if not, with what was
// expected and what was found for people: a part of a sentence, printable. Pure.
absl::Status CheckAlpnCertificate(std::string_view der, const core::v1::Identifier& identifier,
                                  std::string_view digest);

}  // namespace cairn::va
