#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>

#include "libs/crypto/public_key.h"
#include "libs/lint/subject.h"

namespace cairn::ca::signing {

// What a profile decides about a leaf, for the linters.
struct LeafProfile {
  absl::Duration validity;  // both ends included
  bool has_common_name = false;
  crypto::KeyType key_type;
  bool client_auth = false;
  bool rsa_signature_only = false;
  std::optional<std::string> ca_issuers_url;
  std::optional<std::string> crl_url;
  std::optional<lint::ProfileExtension> last;  // poison or SCT list
};

// The extensions that such a leaf has, with the octets of those whose value is
// fixed (LINT-92). They are written down here once more: the composer has no part in
// them, so that linters find its mistakes.
lint::Profile LintProfile(const LeafProfile& leaf);

}  // namespace cairn::ca::signing
