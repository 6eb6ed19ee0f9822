#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/crypto/private_key.h"
#include "libs/ct/lists/log_list_options.h"
#include "libs/ct/log_policy.h"
#include "libs/evidence/site.h"
#include "libs/evidence/verifier.h"
#include "libs/lint/lint.h"
#include "libs/policy/calendar.h"
#include "libs/policy/key_blocklist.h"
#include "libs/policy/public_suffixes.h"
#include "protos/config/ca.pb.h"
#include "services/ca/core/issuer.h"
#include "services/ca/core/profile.h"
#include "services/ca/issuer_options.h"

namespace cairn::ca {

// The checked form of config::Ca; what each field means is said there. Move-only,
// as it holds the keys.
struct Options {
  // kMalformed, for the operator, with a line for each mistake, for a configuration
  // that would not work or, at `now`, would break the rules of its policy pack.
  // Reads the files that it names, keys among them, and writes nothing. Tokens are
  // not touched.
  static absl::StatusOr<Options> Parse(const config::Ca& config, absl::Time now);

  // What of it will break the rules at `at`, a line for each; empty if nothing.
  std::vector<std::string> UnlawfulAt(absl::Time at) const;

  uint8_t instance;
  std::string journal_directory;
  policy::Pack pack;
  std::vector<evidence::Site> sites;  // of the perspectives
  evidence::Verifier verifier;
  std::vector<Profile> profiles;
  std::vector<Issuer> issuers;
  // Where the issuers' keys are, by issuer: each is in one of the two.
  std::map<std::string, crypto::PrivateKey> keys;
  std::map<std::string, KeyInToken> token_keys;
  std::vector<NamedToken> tokens;
  bool allow_software_keys;
  policy::KeyBlocklist blocked_keys;
  std::optional<policy::PublicSuffixes> public_suffixes;
  lint::AllowList allowed_lints;
  struct CertificateTransparency {
    ct::LogListOptions log_list;
    ct::LogPolicy policy;
  };
  std::optional<CertificateTransparency> ct;
};

}  // namespace cairn::ca
