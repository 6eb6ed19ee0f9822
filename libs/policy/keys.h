#pragma once

#include <absl/status/status.h>

#include "libs/crypto/public_key.h"
#include "libs/policy/key_blocklist.h"

namespace cairn::policy {

enum class KeyUse {
  kAccount,      // signs ACME requests; P-521 and Ed25519 too
  kCertificate,  // goes into a certificate
};

struct KeyRules {
  // P-521 in certificates: the Baseline Requirements allow it, browsers don't.
  bool p521_certificates = false;
  // Not owned; may be null. Must outlive every check.
  const KeyBlocklist* blocklist = nullptr;
};

// Whether a subscriber may use the key: its type, its size, that none of the
// known ways to break RSA keys breaks it, and that it is not on the blocklist
// (BR 6.1.1.3, 6.1.5, 6.1.6). One function for both uses, so that the rules about
// strength are the same. Pure; takes milliseconds for a big RSA key.
//
// The error is kBadPublicKey for account keys and kBadCsr for certificate keys.
absl::Status CheckKey(const crypto::PublicKey& key, KeyUse use, const KeyRules& rules);

}  // namespace cairn::policy
