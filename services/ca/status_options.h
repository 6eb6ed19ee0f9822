#pragma once

#include <absl/time/time.h>

#include <string>

#include "libs/config/checks.h"
#include "libs/policy/calendar.h"
#include "libs/x509/certificate.h"
#include "protos/config/ca.pb.h"
#include "services/ca/core/crl_parts.h"

namespace cairn::ca {

// The rules of what says the status of an issuer's certificates. `field` is the path
// of the issuer in the configuration.

CrlParts ParseCrlParts(config::Checks& checks, const config::Ca::Issuer& issuer,
                       const std::string& field);

// Why the certificate is not that of a delegated signer of OCSP responses for the
// issuer (RFC 6960 section 4.2.2.2, BR 7.1.2.8); empty if it is.
std::string WhyNoOcspSigner(const x509::Certificate& certificate, const x509::Certificate& issuer,
                            policy::Pack pack, absl::Time now);

}  // namespace cairn::ca
