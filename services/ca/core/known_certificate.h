#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "libs/x509/tbs_certificate.h"
#include "protos/ca/v1/ca.pb.h"
#include "services/ca/core/issuance_journal.h"

namespace cairn::ca {

// What the journal knows about a serial that this signer drew.
struct KnownCertificate {
  v1::SigningIntent intent;  // the first: the precertificate's where there is one
  x509::TbsCertificate tbs;
  // Whether a precertificate or certificate with it was surely signed. Without that
  // it may have been, if the signer died at the wrong time.
  bool is_signed = false;
};

// kMalformed for what is no serial of 16 octets; kNotFound for one that this signer
// never drew.
absl::StatusOr<KnownCertificate> FindCertificate(IssuanceJournal& journal,
                                                 const std::string& serial);

}  // namespace cairn::ca
