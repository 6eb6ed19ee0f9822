#pragma once

#include <absl/time/time.h>

#include <map>
#include <string>
#include <vector>

#include "libs/config/checks.h"
#include "libs/crypto/pkcs11/token.h"
#include "libs/crypto/private_key.h"
#include "libs/policy/calendar.h"
#include "protos/config/ca.pb.h"
#include "services/ca/core/issuer.h"
#include "services/ca/core/profile.h"

namespace cairn::ca {

struct NamedToken {
  std::string name;
  crypto::pkcs11::TokenOptions options;
};

struct KeyInToken {
  std::string token;  // the name of a NamedToken
  std::string label;
};

// The issuers and where their keys are, by issuer and, for OCSP signers, by
// signing::OcspKeyOf: each is in one of the two.
struct ParsedIssuers {
  std::vector<Issuer> issuers;
  std::map<std::string, crypto::PrivateKey> keys;
  std::map<std::string, KeyInToken> token_keys;
};

// The parts of config::Ca about issuers and their keys. What is wrong goes to
// `checks`; then what they return is not to be used. Keys in files are read, and
// tokens not touched.

std::vector<NamedToken> ParseTokens(config::Checks& checks, const config::Ca& config);

ParsedIssuers ParseIssuers(config::Checks& checks, const config::Ca& config, policy::Pack pack,
                           absl::Time now);

// What profiles promise must be in the power of the issuers.
void CheckIssuersOfProfiles(config::Checks& checks, const std::vector<Issuer>& issuers,
                            const std::vector<Profile>& profiles, absl::Time now);

}  // namespace cairn::ca
