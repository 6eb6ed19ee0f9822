#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>

#include "libs/lint/lint.h"
#include "libs/policy/calendar.h"
#include "libs/x509/certificate.h"
#include "libs/x509/crl.h"
#include "services/ca/signing/checked.h"

namespace cairn::ca::signing {

// The last look before a CRL is signed: reads it as a stranger would, with a
// placeholder where the signature will be, compares all of it with what it is to
// say and with the rules of the day, and lints it.
//
// Every error is kInternal and names the rule, as with LeafCheck. Thread-safe.
class CrlCheck {
 public:
  struct Rules {
    policy::Pack pack;
    absl::Time now;
    const x509::Certificate& issuer;
    const lint::AllowList& allowed;
  };

  // `tbs_der` must be what ComposeTbsCertList(wanted) gives; `wanted.revoked` in any
  // order. `previous_number` is big-endian; that of the first CRL is one octet 0.
  static absl::StatusOr<Passed> Crl(std::string tbs_der, x509::CrlContent wanted,
                                    const std::string& previous_number,
                                    const std::string& issuer_name, const Rules& rules);
};

}  // namespace cairn::ca::signing
