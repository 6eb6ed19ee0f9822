#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libs/ct/log_list.h"
#include "libs/ct/log_policy.h"
#include "libs/ct/sct.h"
#include "libs/lint/lint.h"
#include "libs/policy/calendar.h"
#include "libs/policy/key_blocklist.h"
#include "libs/policy/public_suffixes.h"
#include "libs/x509/certificate.h"
#include "libs/x509/names.h"
#include "libs/x509/tbs_certificate.h"
#include "services/ca/signing/checked.h"
#include "services/ca/signing/lint_profile.h"

namespace cairn::ca::signing {

// The last look before a signature: reads the TBSCertificate as a stranger would
// and compares each field with what was asked for and with the rules of the day;
// then lints it, with a placeholder where the signature will be (BR 4.3.1.2).
//
// Every error is kInternal and names the rule: the signer composed the octets
// itself, so what is wrong with them is never a requester's fault. Thread-safe.
class LeafCheck {
 public:
  struct Rules {
    policy::Pack pack;
    absl::Time now;
    const x509::Certificate& issuer;
    const lint::AllowList& allowed;
    const policy::KeyBlocklist& blocked_keys;
    // Null only where the pack does not ask for one.
    const policy::PublicSuffixes* public_suffixes;
    // What the lints found out about keys; kept between the two looks at one key.
    lint::KeyCache& keys;
  };

  using Passed = signing::Passed;

  // What a certificate with SCTs is held against.
  struct Promised {
    const x509::Certificate& precertificate;
    std::span<const ct::SignedCertificateTimestamp> scts;  // that were taken, in their order
    const ct::LogList& logs;
    ct::LogPolicy policy;
  };

  // A certificate without SCTs: `tbs_der` must be what ComposeTbs(leaf) gives.
  static absl::StatusOr<Passed> Certificate(std::string tbs_der, const x509::Leaf& leaf,
                                            const std::string& issuer_name, const Rules& rules);
  // A precertificate: that, with the poison as its last extension.
  static absl::StatusOr<Passed> Precertificate(std::string tbs_der, const x509::Leaf& leaf,
                                               const std::string& issuer_name, const Rules& rules);
  // The certificate of a precertificate that was signed: the same octets but for
  // these very SCTs in place of the poison (PROF-35, CT-15). Whether the SCTs are
  // good is looked at by who takes them; whether they are enough, by lints, which
  // know of the logs those in `logs`.
  static absl::StatusOr<Passed> WithScts(std::string tbs_der, const Promised& promised,
                                         const std::string& issuer_name, const Rules& rules);

 private:
  // What the linters compare the octets with.
  struct Content {
    lint::Kind kind;
    LeafProfile profile;
    const x509::Names& names;
    std::optional<std::string_view> precertificate_der;
    const lint::Logs& logs;
    bool accept_static_logs_only = false;
  };
  static absl::StatusOr<Passed> Lint(std::string tbs_der, const Content& content,
                                     const std::string& issuer_name, const Rules& rules);
};

}  // namespace cairn::ca::signing
