#pragma once

#include <string>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "services/va/core/validator.h"

namespace cairn::va {

// Control by dns-persist-01 (draft-ietf-acme-dns-persist, BR 3.2.2.4.22): a TXT
// record that stays, and names this CA and the account. No token.
class ValidateDnsPersist01 final : public Validator {
 public:
  // `identities`: our issuer domain names, in lower case. `clock` must outlive this.
  ValidateDnsPersist01(std::vector<std::string> identities, const base::Clock& clock)
      : identities_(std::move(identities)), clock_(clock) {}

  std::vector<dns::Question> FirstQuestions(const v1::Subject& subject) const override;

 private:
  absl::Status Look(const base::Call& call, dns::Resolver& resolver, const v1::Subject& subject,
                    evidence::v1::Control& control) const override;
  // OK if the record proves control; kNotFound if it is none of ours.
  absl::Status Judge(std::string_view text, const v1::Subject& subject) const;

  const std::vector<std::string> identities_;
  const base::Clock& clock_;
};

}  // namespace cairn::va
