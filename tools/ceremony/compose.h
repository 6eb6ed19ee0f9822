#pragma once

#include <string>
#include <string_view>

#include "libs/crypto/public_key.h"
#include "tools/ceremony/plan.h"

namespace cairn::ceremony {

// With what the plan's signature is made: by the type of the key that signs.
crypto::SignatureAlgorithm AlgorithmOf(const Plan& plan, const crypto::PublicKey& signer);

// The octets that the plan has signed: a TBSCertificate or a TBSCertList. `subject`
// is the key that the certificate is for; a CRL has no use for it. Everything else
// comes from the plan: the same plan and key give the same octets, on any day.
// The plan must sign something, and CheckPlan must have found no error.
std::string ComposeToBeSigned(const Plan& plan, const crypto::PublicKey& subject);

// The certificate or CRL of them.
std::string ComposeSigned(const Plan& plan, std::string_view tbs, const crypto::PublicKey& signer,
                          std::string_view signature);

}  // namespace cairn::ceremony
