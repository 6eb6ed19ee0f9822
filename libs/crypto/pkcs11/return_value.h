#pragma once

#include <absl/status/status.h>
#include <p11-kit-1/p11-kit/pkcs11.h>

#include <string>
#include <string_view>

namespace cairn::crypto::pkcs11 {

// What a caller can do about a return value other than CKR_OK.
enum class Failure {
  kAway,  // the token or the session is lost, or nobody can tell: connect again
  kPin,   // the PIN is not accepted: a person must look
  kUse,   // this call is wrong for this token or key; others may go well
};
Failure FailureOf(CK_RV rv);

// "CKR_PIN_INCORRECT"; the number in hexadecimal where there is no name.
std::string NameOf(CK_RV rv);

// OK for CKR_OK; else kUnavailable for kAway and kInternal for the others, with a
// detail like: token "issuers": C_Sign: CKR_DEVICE_REMOVED.
absl::Status ToStatus(std::string_view token, std::string_view function, CK_RV rv);

}  // namespace cairn::crypto::pkcs11
