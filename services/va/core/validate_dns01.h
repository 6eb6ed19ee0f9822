#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>
#include <vector>

#include "services/va/core/validator.h"

namespace cairn::va {

// Control by dns-01 (RFC 8555 section 8.4, BR 3.2.2.4.7) and by dns-account-01
// (draft-ietf-acme-dns-account-label, BR 3.2.2.4.21): a digest of the key
// authorization in a TXT record. The two differ in the record's name.
class ValidateDns01 final : public Validator {
 public:
  // Where the record is looked for: "_acme-challenge.example.org", or
  // "_ujmmovf2vn55tgye._acme-challenge.example.org" with a label that names the
  // account. A wildcard's is that of the name below which it stands.
  static std::string RecordName(const v1::Subject& subject);

  std::vector<dns::Question> FirstQuestions(const v1::Subject& subject) const override;

 private:
  absl::Status Look(const base::Call& call, dns::Resolver& resolver, const v1::Subject& subject,
                    evidence::v1::Control& control) const override;
};

}  // namespace cairn::va
