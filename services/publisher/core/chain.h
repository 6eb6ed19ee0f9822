#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/repeated_field.h>

#include <string>
#include <vector>

#include "libs/ct/sct.h"
#include "libs/x509/certificate.h"

namespace cairn::publisher {

// A certificate with those above it, up to one that logs accept.
struct Chain {
  // 2 to 10 certificates, each signed by the next (RFC 6962 section 4.1).
  // kMalformed otherwise.
  static absl::StatusOr<Chain> Parse(const google::protobuf::RepeatedPtrField<std::string>& ders);

  const x509::Certificate& leaf() const { return certificates[0]; }
  const x509::Certificate& issuer() const { return certificates[1]; }

  // What a log signs for add-pre-chain and for add-chain. kMalformed where the leaf
  // is no certificate of that kind; a final certificate has both.
  absl::StatusOr<ct::Entry> PrecertificateEntry() const;
  absl::StatusOr<ct::Entry> CertificateEntry() const;

  std::vector<x509::Certificate> certificates;
};

}  // namespace cairn::publisher
