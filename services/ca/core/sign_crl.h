#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/metrics/metrics.h"
#include "libs/x509/crl.h"
#include "protos/ca/v1/ca.pb.h"
#include "services/ca/core/issuance_journal.h"
#include "services/ca/core/issuer.h"
#include "services/ca/core/keyed_lock.h"
#include "services/ca/core/lints.h"
#include "services/ca/core/refusals.h"
#include "services/ca/core/use_key.h"
#include "services/ca/signing/checked.h"

namespace cairn::ca {

// Signs CRLs. What is revoked comes from the journal alone; who asks says only
// which part, which number and until when: so nobody can have a CRL that leaves a
// serial out. Thread-safe; blocks on the journal and the key.
class SignCrl {
 public:
  struct Parts {
    Issuers& issuers;
    IssuanceJournal& journal;
    const Lints& lints;
    UseKey& key;
    audit::Log& audit;
    Refusals& refusals;
    const base::Clock& clock;
    metrics::Registry& metrics;
  };

  // All parts must outlive it.
  SignCrl(uint8_t instance, const Parts& parts);

  // kNotFound: no such issuer or shard. kMalformed: times or a number that may not
  // be. kReplayed: a number that was passed. kConflict: the number was begun, and
  // since then something was revoked; the next number will do. kPayloadTooLarge: more
  // entries than one part has room for. kUnavailable: journal, audit log or key; the
  // same call again is safe.
  absl::StatusOr<v1::SignCrlResponse> Run(const base::Call& call,
                                          const v1::SignCrlRequest& request);

 private:
  // One part of an issuer's CRL.
  struct Part {
    const Issuer& issuer;
    uint32_t shard;
    std::string url;  // empty: the complete CRL
  };
  // What the journal wants a CRL to say.
  struct Wanted {
    x509::CrlContent content;
    std::vector<std::string> last_listed;
  };

  absl::StatusOr<v1::SignCrlResponse> Sign(const base::Call& call,
                                           const v1::SignCrlRequest& request);
  absl::StatusOr<v1::SignCrlResponse> Again(const Part& part, const RevocationIndex::LastCrl& last);
  absl::StatusOr<Wanted> FromJournal(const Part& part, const v1::SignCrlRequest& request);
  absl::Status SignIntent(const base::Call& call, const Part& part, const v1::CrlIntent& intent,
                          uint64_t index, signing::Passed passed, v1::SignCrlResponse& response);

  const uint8_t instance_;
  const Parts parts_;
  KeyedLock crls_;
  std::map<std::string, metrics::Counter, std::less<>> signatures_;
};

}  // namespace cairn::ca
