#pragma once

#include <string>

#include "libs/crypto/pkcs11/token.h"
#include "libs/testing/temp_dir.h"

namespace cairn::testing {

inline constexpr char kSoftHsm[] = "/usr/lib/softhsm/libsofthsm2.so";

// SoftHSM2 with tokens in a folder of its own. It is a process's only one at a time:
// SoftHSM asks the environment where its tokens are whenever it is initialised, and
// all Tokens of an earlier one must be gone by then.
class SoftHsm {
 public:
  SoftHsm();

  // A new token, and how to open it, while no Token is open. `module` may stand
  // between us and SoftHSM.
  crypto::pkcs11::TokenOptions AddToken(const std::string& label,
                                        const std::string& module = kSoftHsm);

  // Moves all files of all tokens away, and back.
  void Remove() const;
  void BringBack() const;

  const TempDir& dir() const { return dir_; }

 private:
  TempDir dir_;
};

}  // namespace cairn::testing
