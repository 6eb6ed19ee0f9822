#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/metrics/metrics.h"
#include "protos/ca/v1/ca.pb.h"
#include "services/ca/core/issuance_journal.h"
#include "services/ca/core/issuer.h"
#include "services/ca/core/use_key.h"
#include "services/ca/signing/checked.h"

namespace cairn::ca {

// The way of a certificate or precertificate through the key: the intent is
// journaled, synced and audited before it, the signature verified, journaled and
// audited after it. Thread-safe; blocks on the journal and the key.
class SignJournaled {
 public:
  struct Parts {
    Issuers& issuers;
    IssuanceJournal& journal;
    UseKey& key;
    audit::Log& audit;
    metrics::Registry& metrics;
  };

  // All parts must outlive it.
  explicit SignJournaled(const Parts& parts);

  // `intent` says what is signed and for whom; TBS and lint results come from
  // `passed`. `journaled_at`: where an earlier try has journaled the intent.
  //
  // kUnavailable: journal, audit log or key; the same call again is safe.
  // kInternal: what came out is not what went in, and the issuer is stopped.
  absl::StatusOr<v1::Signed> Run(const base::Call& call, const Issuer& issuer,
                                 v1::SigningIntent intent, std::optional<uint64_t> journaled_at,
                                 signing::Passed passed);

 private:
  const Parts parts_;
  std::map<std::string, metrics::Counter, std::less<>> signatures_;
};

}  // namespace cairn::ca
