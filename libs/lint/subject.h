#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/policy/calendar.h"
#include "libs/policy/key_blocklist.h"
#include "libs/policy/public_suffixes.h"
#include "libs/x509/names.h"

namespace cairn::lint {

enum class Kind {
  kSubscriber,        // BR 7.1.2.7
  kPrecertificate,    // BR 7.1.2.9
  kOcspSigner,        // BR 7.1.2.8
  kSubordinateCa,     // BR 7.1.2.6, "TLS Subordinate CA"
  kCrossCertificate,  // BR 7.1.2.2
  kRoot,              // BR 7.1.2.1
  kCrl,               // of subscriber certificates (BR 7.2)
  kCaCrl,             // of CA certificates
  kOcspResponse,      // BR 7.3
};

// "subscriber", "subordinate_ca", ...
std::string_view NameOf(Kind kind);
std::optional<Kind> KindFromName(std::string_view name);
const std::vector<Kind>& AllKinds();

// One certificate transparency log, as far as the policies of Chrome and Apple
// count it (CT-03, CT-04).
struct Log {
  std::string operator_name;
  bool is_static = false;    // static-ct-api, not RFC 6962
  bool is_approved = true;   // qualified, usable or read-only today
  bool was_approved = true;  // approved now, or retired
};
using Logs = std::map<std::string, Log, std::less<>>;  // by log id, 32 octets

// What the CA's own profile promises beyond the rules.
struct ProfileExtension {
  std::string oid;  // dotted
  bool critical = false;
  bool required = true;
  std::optional<std::string> value;  // all that it may say; nothing: what the rules allow
};
struct Profile {
  absl::Duration validity;  // both ends included
  size_t max_names = 100;
  size_t serial_octets = 16;                 // what the generator draws
  std::vector<ProfileExtension> extensions;  // in their order
};

// What ComposeTbs writes (libs/x509/tbs_certificate.h). `last`, where given, is
// the extension that certificate transparency adds at the end: poison or SCT list.
Profile CairnProfile(absl::Duration validity, bool has_common_name,
                     const std::optional<ProfileExtension>& last = std::nullopt);

// What is known about a public key, for it costs milliseconds to find out.
struct KeyFacts {
  std::string problem;  // why it is no well-formed key; empty if it is one
  bool too_large = false;
  bool has_small_factor = false;
  bool has_roca_fingerprint = false;
  bool factors_by_fermat = false;
  bool is_prime_power = false;
};

// Remembers KeyFacts by SubjectPublicKeyInfo: precertificate and certificate
// have the same key. Holds a few thousand keys, then forgets them all.
// Thread-safe.
class KeyCache {
 public:
  std::optional<KeyFacts> Find(std::string_view spki_der) const;
  void Insert(std::string_view spki_der, const KeyFacts& facts);

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, KeyFacts> facts_;
};

// An object to lint and what to compare it with. Nothing is owned: all that is
// pointed to must outlive the call. Where something is not given, the lints that
// need it are skipped, and the report names them.
struct Subject {
  // The whole object in DER, with a signature of a throw-away key or with
  // AddPlaceholderSignature: its signature is not verified.
  std::string_view der;
  // When it is signed: decides which rules are in force (LINT-06).
  absl::Time now;
  policy::Pack pack = policy::Pack::kWebPki;
  std::optional<Kind> kind;  // nothing: guessed from what it says

  std::optional<std::string_view> issuer_der;          // certificate of the signing key
  std::optional<std::string_view> precertificate_der;  // of a kSubscriber
  const x509::Names* names = nullptr;                  // that were ordered, normalized
  const Profile* profile = nullptr;
  std::optional<std::string_view> crl_url;              // in the certificates that a CRL covers
  std::optional<std::string_view> previous_crl_number;  // big-endian
  const policy::PublicSuffixes* public_suffixes = nullptr;
  const policy::KeyBlocklist* key_blocklist = nullptr;
  const Logs* logs = nullptr;
  // Whether SCTs of static-ct logs alone are enough, as the CA's own policy has it.
  // Apple's says no.
  bool accept_static_logs_only = false;

  KeyCache* key_cache = nullptr;  // optional: without it each key is examined anew
};

// The certificate or CRL of a TBSCertificate or TBSCertList, with a fixed string
// in place of the signature (BR 4.3.1.2 allows that for linting). kMalformed
// where `tbs_der` has no algorithm at its place.
absl::StatusOr<std::string> AddPlaceholderSignature(std::string_view tbs_der);

}  // namespace cairn::lint
