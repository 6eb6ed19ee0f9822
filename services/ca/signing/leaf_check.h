#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>

#include "libs/policy/calendar.h"
#include "libs/x509/certificate.h"
#include "libs/x509/tbs_certificate.h"
#include "services/ca/signing/checked.h"

namespace cairn::ca::signing {

// The last look before a signature: reads the TBSCertificate as a stranger would
// and compares each field with what was asked for and with the rules of the day.
class LeafCheck {
 public:
  struct Rules {
    policy::Pack pack;
    absl::Time now;
    const x509::Certificate& issuer;
  };

  // `tbs_der` must be what ComposeTbs(leaf) gives, and lawful. kInternal, naming
  // the rule, where it isn't: the signer composed it itself, so this is never a
  // requester's fault.
  static absl::StatusOr<Checked<Tbs>> Run(std::string tbs_der, const x509::Leaf& leaf,
                                          const std::string& issuer_name, const Rules& rules);
};

}  // namespace cairn::ca::signing
