#pragma once

#include "libs/crypto/private_key.h"
#include "protos/ra/v1/ra.pb.h"

namespace cairn::ra::testing {

// A request for an account of this key, and of a new one, as a WFE makes it.
v1::NewAccountRequest AccountRequest(const crypto::PrivateKey& key);
v1::NewAccountRequest AccountRequest();

}  // namespace cairn::ra::testing
