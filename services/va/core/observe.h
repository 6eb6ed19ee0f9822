#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/crypto/private_key.h"
#include "libs/dns/resolver.h"
#include "protos/va/v1/va.pb.h"
#include "services/va/core/check_caa.h"
#include "services/va/core/validator.h"

namespace cairn::va {

// OK for what the VA can look at: a DNS name or an IP address that the method can
// prove, a token of 16 octets where the method has one and control is asked for, a
// thumbprint, an account URI. Else kMalformed.
absl::Status CheckSubject(const v1::Subject& subject);

// One perspective's look: control and CAA, in a receipt that it signs. Nothing
// is kept from one look to the next. Thread-safe.
class Observe {
 public:
  struct Options {
    std::string perspective_id;
    evidence::v1::Receipt::Rir rir = evidence::v1::Receipt::RIR_UNSPECIFIED;
    std::string software_version;
    std::string resolver;  // "libunbound 1.17.1"
    absl::Duration timeout = absl::Seconds(10);
  };

  // What is referred to must outlive this. `key` is the perspective's: P-256.
  Observe(Options options, const crypto::PrivateKey& key, dns::Resolver& resolver,
          Validators validators, const CheckCaa& check_caa, const base::Clock& clock);

  // A receipt for each subject, in their order, whatever was found. Blocks until
  // the options' timeout or call.deadline, whichever is earlier. kMalformed for a
  // request that makes no sense.
  absl::StatusOr<v1::ObserveResponse> Run(const base::Call& call,
                                          const v1::ObserveRequest& request) const;

 private:
  evidence::v1::Receipt Look(const base::Call& call, dns::Resolver& resolver,
                             const v1::Subject& subject, const v1::ObserveRequest& request) const;

  const Options options_;
  const crypto::PrivateKey& key_;
  dns::Resolver& resolver_;
  const Validators validators_;
  const CheckCaa& check_caa_;
  const base::Clock& clock_;
};

}  // namespace cairn::va
