#pragma once

#include <absl/status/statusor.h>

#include "libs/service/host.h"
#include "services/ca/options.h"
#include "services/ca/signing/signer.h"

namespace cairn::ca {

// All issuers' keys as one signer, which lives as long as the host. Takes the keys
// out of `options`. Opens the tokens and has each key prove that it is its
// certificate's; adds a health check and metrics for each token.
//
// kMalformed or kNotFound for what is wrong with the configuration, a software
// token for the web PKI among it (ROOT-04); else as Token::Open.
absl::StatusOr<signing::Signer*> OpenKeys(service::Host& host, Options& options);

}  // namespace cairn::ca
