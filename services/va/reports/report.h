#pragma once

#include <absl/time/time.h>

#include <string>
#include <vector>

#include "services/va/core/caa_refusals.h"

namespace cairn::va {

// Who reports.
struct Reporter {
  std::string issuer;   // our issuer domain name: "ca.example"
  std::string mailbox;  // that people may write to, and the sender of mail
};

// What a report says of a refusal, one sentence each; printable ASCII. The
// subscriber is not named: to a name's owner they are somebody else, perhaps.
std::vector<std::string> Sentences(const Reporter& reporter, const CaaRefusal& refusal);

// The least IODEF document (RFC 7970 section 7.1) with these sentences. `id` names the
// incident, in letters, digits and hyphens.
std::string IodefDocument(const Reporter& reporter, const CaaRefusal& refusal,
                          const std::string& id, absl::Time now);

// A mail of a short text with the document attached (RFC 8659 section 4.4), whose
// lines end in CRLF, are at most 998 octets, and are ASCII. `to` is a mailbox as
// IsMailbox wants it.
std::string ComposeMail(const Reporter& reporter, const CaaRefusal& refusal, const std::string& id,
                        const std::string& to, const std::string& document, absl::Time now);

}  // namespace cairn::va
