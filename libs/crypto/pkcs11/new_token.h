#pragma once

#include <absl/status/status.h>

#include <string>

namespace cairn::crypto::pkcs11 {

// For throw-away tokens: those of tests, rehearsals and the local stack. A token that
// is to hold real keys is initialised with its vendor's own tools.
struct NewToken {
  std::string module;
  std::string token_label;  // 1 to 32 octets
  std::string so_pin_path;  // both as TokenOptions::pin_path
  std::string pin_path;
};

// Initialises the first token of the module that is not yet, and sets its PIN.
// kConflict if a token has the label, kNotFound if none is left to initialise; else
// as Token::Open. SoftHSM keeps its tokens where SOFTHSM2_CONF says.
absl::Status InitialiseToken(const NewToken& token);

}  // namespace cairn::crypto::pkcs11
