#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>

#include "libs/lint/lint.h"
#include "libs/policy/calendar.h"
#include "libs/x509/certificate.h"
#include "libs/x509/ocsp_response.h"
#include "services/ca/signing/checked.h"

namespace cairn::ca::signing {

// The last look before an OCSP response is signed: reads it as a stranger would,
// with a placeholder where the signature will be, compares all of it with what it
// is to say and with the rules of the day, and lints it.
//
// Every error is kInternal and names the rule, as with LeafCheck. Thread-safe.
class OcspCheck {
 public:
  struct Rules {
    policy::Pack pack;
    absl::Time now;
    const x509::Certificate& issuer;
    // The delegated signer's, or null: the issuer signs itself.
    const x509::Certificate* responder;
    const lint::AllowList& allowed;
  };

  // `data_der` must be what ComposeOcspData(wanted) gives.
  static absl::StatusOr<Passed> Response(std::string data_der, const x509::OcspContent& wanted,
                                         const std::string& issuer_name, const Rules& rules);
};

}  // namespace cairn::ca::signing
