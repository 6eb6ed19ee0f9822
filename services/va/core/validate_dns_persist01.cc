#include "services/va/core/validate_dns_persist01.h"

#include <absl/time/time.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/caa/caa.h"
#include "libs/errors/errors.h"
#include "services/va/core/txt_lookup.h"

namespace cairn::va {
namespace {

using errors::Make;
using errors::Reason;

constexpr size_t kMaxShown = 120;

std::string RecordName(const v1::Subject& subject) {
  return base::Cat("_validation-persist.", subject.identifier().value());
}

std::optional<int64_t> ParseTime(std::string_view text) {
  int64_t seconds = 0;
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!digits || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return seconds;
}

}  // namespace

std::vector<dns::Question> ValidateDnsPersist01::FirstQuestions(const v1::Subject& subject) const {
  return {{RecordName(subject), dns::Type::kTxt}};
}

absl::Status ValidateDnsPersist01::Look(const base::Call& call, dns::Resolver& resolver,
                                        const v1::Subject& subject,
                                        evidence::v1::Control& control) const {
  const std::string name = RecordName(subject);
  const std::string expected =
      base::Cat(identities_.front(), "; accounturi=", subject.account_uri(),
                subject.wildcard() ? "; policy=wildcard" : "");
  ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                   LookUpTxt(call, resolver, name, expected, *control.mutable_lookup()));
  absl::Status why;
  for (const std::string& text : texts) {
    const absl::Status verdict = Judge(text, subject);
    if (verdict.ok()) return verdict;
    // The first record that is meant for us helps most.
    if (why.ok() && errors::ReasonOf(verdict) != Reason::kNotFound) why = verdict;
  }
  if (why.ok()) {
    return Make(Reason::kUnauthorized, NotAmong(texts, expected, control.lookup()));
  }
  const std::string_view detail(why.message().data(), why.message().size());
  return Make(errors::ReasonOf(why),
              base::Cat("The TXT record at ", name, " ", detail, "; expected \"", expected, "\""));
}

absl::Status ValidateDnsPersist01::Judge(std::string_view text, const v1::Subject& subject) const {
  const auto ours = [&](const std::string& issuer) {
    return std::find(identities_.begin(), identities_.end(), issuer) != identities_.end();
  };
  const std::optional<caa::IssueValue> value = caa::ParseIssueValue(text);
  if (!ours(caa::IssuerOf(text))) {
    return Make(Reason::kNotFound, "is another CA's");
  }
  if (!value.has_value()) {
    return Make(Reason::kMalformed, base::Cat("is malformed: \"", base::Escaped(text, kMaxShown),
                                              "\" (RFC 8659 section 4.2)"));
  }
  std::set<std::string> tags;
  std::optional<std::string> account, until, policy;
  for (const caa::IssueValue::Parameter& parameter : value->parameters) {
    if (!tags.insert(parameter.tag).second) {
      return Make(Reason::kMalformed, base::Cat("has the parameter ", parameter.tag, " twice"));
    }
    if (parameter.tag == "accounturi") account = parameter.value;
    if (parameter.tag == "persistuntil") until = parameter.value;
    if (parameter.tag == "policy") policy = base::ToLower(parameter.value);
  }
  if (!account.has_value()) return Make(Reason::kMalformed, "has no accounturi");
  if (*account != subject.account_uri()) {
    return Make(Reason::kUnauthorized,
                base::Cat("is for the account ", base::Escaped(*account, kMaxShown)));
  }
  if (until.has_value()) {
    const std::optional<int64_t> seconds = ParseTime(*until);
    if (!seconds.has_value()) {
      return Make(Reason::kMalformed, "has a persistUntil that is no UNIX time");
    }
    if (absl::ToUnixSeconds(clock_.Now()) > *seconds) {
      return Make(
          Reason::kUnauthorized,
          base::Cat("has expired: its persistUntil is ", *until, ", ",
                    absl::FormatTime(absl::FromUnixSeconds(*seconds), absl::UTCTimeZone())));
    }
  }
  if (subject.wildcard() && policy != "wildcard") {
    return Make(Reason::kUnauthorized, "does not allow wildcards: it has no policy=wildcard");
  }
  return absl::OkStatus();
}

}  // namespace cairn::va
