#include "services/ca/core/known_certificate.h"

#include <optional>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/x509/serial_number.h"

namespace cairn::ca {

absl::StatusOr<KnownCertificate> FindCertificate(IssuanceJournal& journal,
                                                 const std::string& serial) {
  RETURN_IF_ERROR(x509::SerialNumber::FromBytes(serial).status());
  ASSIGN_OR_RETURN(const std::optional<uint64_t> index, journal.FindSerial(serial));
  if (!index.has_value()) {
    return errors::Make(
        errors::Reason::kNotFound,
        base::Cat("this signer issued no certificate with serial ", base::ToHex(serial)));
  }
  KnownCertificate known;
  ASSIGN_OR_RETURN(known.intent, journal.ReadIntent(*index));
  ASSIGN_OR_RETURN(known.tbs, x509::TbsCertificate::Parse(known.intent.tbs()));
  ASSIGN_OR_RETURN(const IssuanceIndex::Issuance issuance,
                   journal.Find(known.intent.issuance_id()));
  known.is_signed = issuance.precertificate.signature || issuance.certificate.signature;
  return known;
}

}  // namespace cairn::ca
