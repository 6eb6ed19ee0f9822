#pragma once

#include <string>
#include <vector>

#include "libs/crypto/private_key.h"

namespace cairn::load {

// Certificate signing requests for keys that are made once: making a key costs
// more than all else that the driver does for a certificate.
class CsrMaker {
 public:
  explicit CsrMaker(int keys);

  // PKCS#10, DER: an empty subject and the DNS names as subjectAltName.
  std::string Make(const std::vector<std::string>& names);

 private:
  std::vector<crypto::PrivateKey> keys_;
  size_t next_ = 0;
};

}  // namespace cairn::load
