#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <utility>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "protos/ca/v1/ca.pb.h"
#include "services/ca/core/issuer.h"

namespace cairn::ca {

// An object of an issuance, signed and journaled.
struct Issued {
  std::string der;
  std::string serial;
  const Issuer* issuer;
};

inline Issued ToIssued(v1::Signed done, const Issuer& issuer) {
  return {.der = std::move(*done.mutable_certificate()),
          .serial = std::move(*done.mutable_serial()),
          .issuer = &issuer};
}

// Whose signature the journal says it is. kInternal where that issuer has left the
// configuration.
inline absl::StatusOr<const Issuer*> SignerOf(const v1::SigningIntent& intent,
                                              const Issuers& issuers) {
  const Issuer* issuer = issuers.Find(intent.issuer());
  if (issuer != nullptr) return issuer;
  return errors::Make(errors::Reason::kInternal,
                      base::Cat("the certificate was signed by ", intent.issuer(),
                                ", which is not in the configuration any more"));
}

}  // namespace cairn::ca
