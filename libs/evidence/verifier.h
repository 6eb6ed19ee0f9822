#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "libs/acme/account_id.h"
#include "libs/crypto/public_key.h"
#include "libs/evidence/quorum.h"
#include "libs/policy/calendar.h"
#include "protos/core/v1/core.pb.h"
#include "protos/evidence/v1/evidence.pb.h"

namespace cairn::evidence {

// A perspective as the signer knows it, from its own configuration.
struct Perspective {
  std::string id;
  v1::Receipt::Rir rir = v1::Receipt::RIR_UNSPECIFIED;
  crypto::PublicKey key;
  bool primary = false;
};

// A name for which a quorum saw both control and CAA.
struct ProvenName {
  core::v1::Identifier identifier;
  bool wildcard = false;
  std::string method;
  // Of the oldest datum that was counted.
  absl::Time control_observed;
  absl::Time caa_observed;
};

// What the evidence proves; nothing in it is a claim of the requester.
struct Proof {
  // Both under the first of the base URLs, whichever the subscriber used, so that
  // one account, and one order, has one spelling here.
  std::string account_uri;
  crypto::PublicKey account_key;
  std::string finalize_url;
  // SHA-256 over the JWS's signing input: two requests are the same if it is.
  std::string request_digest;
  std::string csr_der;
  // In the order of the evidence, each name once.
  std::vector<ProvenName> names;
  // Receipts that were left out because no perspective of ours signed them: an
  // alarm, though the rest was enough.
  int forged_receipts = 0;
};

// The theorem (docs/architecture.md): checks, by cryptography alone, that a
// quorum of perspectives each saw the owner of every name authorise account key
// K, recently enough; that CAA, seen by a quorum at most 8 hours ago, permits
// this CA, account and method; and that K signed the request with the CSR.
//
// It does not look into the CSR: the caller compares its names and key.
// Pure and thread-safe.
class Verifier {
 public:
  struct Options {
    policy::Pack pack = policy::Pack::kWebPki;
    std::vector<Perspective> perspectives;
    // "https://acme.example": what the URLs of this CA begin with; the first is
    // the one in use, the others are older or other entrances to the same CA.
    std::vector<std::string> base_urls;
    // The issuer domain names of this CA (RFC 8659 section 4.2).
    std::vector<std::string> caa_identities;
    // Which methods may prove control.
    std::vector<std::string> methods;
  };

  // kMalformed, with a reason for the operator, unless there is exactly one
  // primary, ids and keys are distinct, keys are P-256, and no list is empty.
  static absl::StatusOr<Verifier> Create(Options options);

  // kEvidenceForged: the request's signature, or what it should cover, is not right;
  // or receipts that none of our perspectives signed are among those that lack.
  // kEvidenceMismatch: genuine, but about another account, name, attempt or CA.
  // kEvidenceStale: it would have been enough, but is too old at `now`.
  // kEvidenceInsufficient: too few perspectives corroborate.
  absl::StatusOr<Proof> Verify(const v1::Evidence& evidence, absl::Time now) const;

 private:
  struct Opened;

  explicit Verifier(Options options);

  absl::StatusOr<Opened> OpenAttempt(const v1::Attempt& attempt, const std::set<std::string>& uris,
                                     const std::string& thumbprint, absl::Time now) const;

  Options options_;
  std::map<std::string, size_t> index_;  // of options_.perspectives by id
};

}  // namespace cairn::evidence
