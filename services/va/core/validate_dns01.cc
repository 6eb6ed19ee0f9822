#include "services/va/core/validate_dns01.h"

#include <algorithm>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"
#include "services/va/core/key_authorization.h"
#include "services/va/core/txt_lookup.h"

namespace cairn::va {
namespace {

constexpr size_t kAccountLabelOctets = 10;

}  // namespace

std::string ValidateDns01::RecordName(const v1::Subject& subject) {
  std::string label;
  if (subject.method() == "dns-account-01") {
    label = base::Cat(
        "_", base::ToBase32(crypto::Sha256(subject.account_uri()).substr(0, kAccountLabelOctets)),
        ".");
  }
  return base::Cat(label, "_acme-challenge.", subject.identifier().value());
}

std::vector<dns::Question> ValidateDns01::FirstQuestions(const v1::Subject& subject) const {
  return {{RecordName(subject), dns::Type::kTxt}};
}

absl::Status ValidateDns01::Look(const base::Call& call, dns::Resolver& resolver,
                                 const v1::Subject& subject, evidence::v1::Control& control) const {
  const std::string expected = base::ToBase64Url(crypto::Sha256(KeyAuthorization(subject)));
  const std::string name = RecordName(subject);
  ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                   LookUpTxt(call, resolver, name, expected, *control.mutable_lookup()));
  // Any one of several: others answer other orders, the wildcard's beside the
  // name's, or are left over (VAL-39, VAL-42).
  if (std::find(texts.begin(), texts.end(), expected) != texts.end()) return absl::OkStatus();
  return errors::Make(errors::Reason::kIncorrectResponse,
                      NotAmong(texts, expected, control.lookup()));
}

}  // namespace cairn::va
