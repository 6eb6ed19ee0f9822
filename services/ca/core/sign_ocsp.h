#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/audit/audit.h"
#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/metrics/metrics.h"
#include "libs/x509/ocsp_response.h"
#include "protos/ca/v1/ca.pb.h"
#include "services/ca/core/issuance_journal.h"
#include "services/ca/core/issuer.h"
#include "services/ca/core/lints.h"
#include "services/ca/core/refusals.h"
#include "services/ca/core/use_key.h"
#include "services/ca/signing/checked.h"

namespace cairn::ca {

// Signs OCSP responses. The status comes from the journal alone, and a serial that
// this signer never signed has none (OCSP-07). A batch has one record, which is
// synced before the first signature. Thread-safe; blocks on the journal and the key.
class SignOcsp {
 public:
  static constexpr int kMaxSerials = 1000;

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
  explicit SignOcsp(const Parts& parts);

  // kNotFound: no such issuer, or one serial that it did not sign here. kMalformed:
  // times that may not be, or too many serials. kUnavailable: journal, audit log or
  // key, or an issuer without OCSP; the same call again is safe.
  absl::StatusOr<v1::SignOcspResponsesResponse> Run(const base::Call& call,
                                                    const v1::SignOcspResponsesRequest& request);

 private:
  // One response that passed its check.
  struct Ready {
    std::string serial;
    std::string data;  // ResponseData
    signing::Passed passed;
  };
  struct Batch {
    v1::OcspIntent intent;
    std::vector<Ready> ready;
  };

  absl::StatusOr<v1::SignOcspResponsesResponse> Sign(const base::Call& call,
                                                     const v1::SignOcspResponsesRequest& request);
  absl::StatusOr<Batch> Prepare(const Issuer& issuer, const v1::SignOcspResponsesRequest& request,
                                absl::Time now);
  // Nothing: good. Notes in `answer` where the journal says so.
  absl::StatusOr<std::optional<x509::OcspRevocation>> StatusOf(const Issuer& issuer,
                                                               const std::string& serial,
                                                               v1::OcspIntent::Answer& answer);
  absl::StatusOr<std::string> SignOne(const base::Call& call, const Issuer& issuer, Ready ready,
                                      absl::Time now);

  const Parts parts_;
  std::map<std::string, metrics::Counter, std::less<>> signatures_;
};

}  // namespace cairn::ca
