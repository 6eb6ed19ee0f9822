#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/public_key.h"
#include "protos/evidence/v1/evidence.pb.h"

namespace cairn::admin {

enum class Signature { kNotVerified, kVerified, kForged };

// "verified", "not verified", "FORGED".
std::string_view NameOf(Signature signature);

// A receipt as people are to see it. `readable` false: it is no receipt, and only
// `signature` says something.
struct Seen {
  evidence::v1::Receipt receipt;
  bool readable = false;
  Signature signature = Signature::kNotVerified;
};

// Public keys by the perspective's id.
using PerspectiveKeys = std::map<std::string, crypto::PublicKey>;

// The receipts of an attempt, in its order. The signature of one whose perspective has no
// key in `keys` is not verified.
std::vector<Seen> Open(const evidence::v1::Attempt& attempt, const PerspectiveKeys& keys);

}  // namespace cairn::admin
