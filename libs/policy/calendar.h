#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string_view>
#include <vector>

namespace cairn::policy {

// Which rules an issuer keeps. The two are never mixed on one issuer.
enum class Pack {
  kPrivate,  // what RFCs ask; looser where the web PKI alone is strict
  kWebPki,   // the Baseline Requirements and the root programs' policies
};

// "private" or "webpki", as in the configuration files.
std::optional<Pack> PackFromName(std::string_view name);
std::string_view NameOf(Pack pack);

// The limits that change by date. Every number comes with its clause in
// calendar.cc; tests stand one second on each side of every date.
struct Limits {
  // Longest validity period of a subscriber certificate. The period includes
  // both ends (RFC 5280 section 4.1.2.5): notAfter - notBefore + 1 s.
  absl::Duration max_validity;
  // A certificate that is valid no longer needs no CRL or OCSP pointer.
  absl::Duration short_lived;
  // Age, when signing, of the oldest datum that proves control of a name.
  absl::Duration max_control_age;
  // Age, when signing, of a CAA check.
  absl::Duration max_caa_age;
  // Remote perspectives that must take part in each validation.
  int min_remotes;
  // Service regions (RIRs) that the corroborating remotes must span, where any
  // remotes take part.
  int min_rirs;
  // Whether a leaf's extended key usage is serverAuth and nothing else.
  bool server_auth_only;
  // From thisUpdate to nextUpdate of a CRL of subscriber certificates, at most.
  absl::Duration max_crl_interval;
  // The same of an OCSP response, both ends included (BR 4.9.9).
  absl::Duration min_ocsp_interval;
  absl::Duration max_ocsp_interval;
};

Limits LimitsAt(Pack pack, absl::Time at);

// How many of `remotes` may fail to corroborate (BR 3.2.2.9, quorum table).
int AllowedNonCorroborations(int remotes);

// A day on which LimitsAt changes for the web PKI.
struct Change {
  absl::Time at;
  std::string_view what;
  std::string_view source;
};

// Every change, oldest first.
const std::vector<Change>& Changes();

// The changes in (now, now + ahead]: what a service warns of.
std::vector<Change> ChangesWithin(absl::Time now, absl::Duration ahead);

}  // namespace cairn::policy
