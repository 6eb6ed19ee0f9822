#pragma once

#include <string_view>
#include <vector>

#include "libs/crypto/public_key.h"
#include "tools/ceremony/finding.h"
#include "tools/ceremony/plan.h"

namespace cairn::ceremony {

// Reads the certificate or CRL as a stranger would, and compares it with the plan,
// octet by octet, and with the profile of its kind. Says nothing about the
// signature: it runs before there is one, over a signature of zeros, too (LINT-02).
// `subject` is the key that a certificate is for.
std::vector<Finding> CheckOutput(const Plan& plan, std::string_view der,
                                 const crypto::PublicKey& subject);

}  // namespace cairn::ceremony
