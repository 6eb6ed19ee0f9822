#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/config/load.h"
#include "libs/crypto/public_key.h"
#include "libs/policy/calendar.h"
#include "libs/x509/certificate.h"
#include "libs/x509/crl.h"

namespace cairn::ceremony {

enum class Act { kKey, kRoot, kIntermediate, kCross, kOcspSigner, kCrl, kDestroy };

// "root", "ocsp_signer", ...: the key of the act in a plan.
std::string_view NameOf(Act act);

struct Person {
  std::string name;
  crypto::PublicKey key;
  bool qualified_auditor = false;
};

struct TokenName {
  std::string module;
  std::string label;
  std::string validation;  // as FIPS 140-3; empty: not claimed
  std::string serial;      // empty: any

  friend bool operator==(const TokenName&, const TokenName&) = default;
};

struct NewKey {
  TokenName token;
  std::string label;
  crypto::KeyType type;
  int rsa_bits = 0;
};

// A key that is on the plan's token already, and the certificate it signs as.
struct SigningKey {
  std::string label;
  x509::Certificate certificate;
};

// A file that the plan names, with its hash, and that lies beside it.
struct InputFile {
  std::string name;
  std::string content;
};

// What the CRL of an act is about.
struct CrlPlan {
  std::string number;                 // big-endian
  std::optional<x509::Crl> previous;  // nothing: this is the first
  std::vector<x509::RevokedCertificate> revoked;
};

struct DestroyPlan {
  std::string label;
  std::string spki_sha256;  // 32 octets
  std::string reason;
  std::string other_copies;
  bool nothing_left_to_revoke = false;
};

// A plan that was read: its form is right and its files are there, each with its
// hash. Whether it is lawful, rules.h says. Immutable by convention.
struct Plan {
  std::string text;    // the octets that the operators approve
  std::string sha256;  // of them; 32 octets
  std::vector<InputFile> inputs;
  config::Places places;

  std::string title;
  policy::Pack pack = policy::Pack::kWebPki;
  bool local_stack = false;
  absl::Time window_begin;
  absl::Time window_end;
  size_t required = 0;
  std::vector<Person> operators;
  std::vector<Person> witnesses;
  bool filmed = false;
  TokenName token;
  Act act = Act::kKey;

  std::optional<NewKey> new_key;
  std::optional<crypto::PublicKey> given_key;  // made elsewhere
  std::optional<SigningKey> signer;            // nothing: the new key itself

  // Of certificates.
  std::string subject_der;
  std::string subject_organization;
  std::string serial;  // big-endian
  // Of certificates; of a CRL thisUpdate and nextUpdate.
  absl::Time not_before;
  absl::Time not_after;
  std::optional<int> path_length;
  std::vector<std::string> extended_key_usage;
  std::vector<std::string> policies;
  std::optional<std::string> ca_issuers_url;
  std::optional<std::string> crl_url;
  std::optional<x509::Certificate> existing;  // of a cross-certificate's subject
  std::string program_approval;

  std::optional<CrlPlan> crl;
  std::optional<DestroyPlan> destroy;

  bool MakesCertificate() const {
    return act == Act::kRoot || act == Act::kIntermediate || act == Act::kCross ||
           act == Act::kOcspSigner;
  }
  bool Signs() const { return MakesCertificate() || act == Act::kCrl; }
};

// The subject's organization; empty if there is none.
std::string OrganizationOf(std::string_view name_der);

}  // namespace cairn::ceremony
