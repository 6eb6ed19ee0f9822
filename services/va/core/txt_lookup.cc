#include "services/va/core/txt_lookup.h"

#include <absl/time/time.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "services/va/core/problem.h"

namespace cairn::va {
namespace {

using errors::Reason;

// What a receipt keeps of an answer, and a problem shows.
constexpr size_t kMaxRecordsKept = 10;
constexpr size_t kMaxRecordText = 300;
constexpr size_t kMaxShown = 3;
constexpr size_t kMaxExcerpt = 64;

// Nothing where the RDATA is not a sequence of character-strings.
std::optional<std::string> JoinStrings(std::string_view rdata) {
  std::string joined;
  while (!rdata.empty()) {
    const auto size = static_cast<uint8_t>(rdata.front());
    if (size >= rdata.size()) return std::nullopt;
    joined += rdata.substr(1, size);
    rdata.remove_prefix(1 + size);
  }
  return joined;
}

std::string Expected(std::string_view text, const evidence::v1::Lookup& seen) {
  return base::Cat("Expected a TXT record \"", text, "\" at ", seen.name(),
                   AliasNote(seen.aliases()));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> LookUpTxt(const base::Call& call, dns::Resolver& resolver,
                                                   const std::string& name,
                                                   std::string_view expected,
                                                   evidence::v1::Lookup& seen) {
  const dns::Question question{name, dns::Type::kTxt};
  const dns::Answer answer = resolver.Resolve(call, question);
  seen.set_name(name);
  seen.set_rcode(answer.rcode);
  seen.set_dnssec(std::string(dns::NameOf(answer.dnssec)));
  seen.set_ttl_seconds(absl::ToInt64Seconds(answer.ttl));
  for (const std::string& alias : answer.aliases) seen.add_aliases(alias);
  RETURN_IF_ERROR(dns::Check(question, answer));

  std::vector<std::string> texts;
  for (const std::string& rdata : answer.records) {
    std::optional<std::string> text = JoinStrings(rdata);
    if (text.has_value()) texts.push_back(*std::move(text));
  }
  for (size_t i = 0; i < std::min(texts.size(), kMaxRecordsKept); ++i) {
    seen.add_records(base::Escaped(texts[i], kMaxRecordText));
  }
  if (!texts.empty()) return texts;
  if (answer.rcode == dns::kNameError) {
    return errors::Make(Reason::kDns,
                        base::Cat(Expected(expected, seen), "; there is no such name (NXDOMAIN)"));
  }
  return errors::Make(Reason::kUnauthorized,
                      base::Cat(Expected(expected, seen), "; the name has no TXT records"));
}

std::string NotAmong(const std::vector<std::string>& texts, std::string_view expected,
                     const evidence::v1::Lookup& seen) {
  std::string shown;
  for (size_t i = 0; i < std::min(texts.size(), kMaxShown); ++i) {
    shown += base::Cat(i == 0 ? "\"" : ", \"", base::Escaped(texts[i], kMaxExcerpt), "\"");
  }
  if (texts.size() > kMaxShown) shown += base::Cat(" and ", texts.size() - kMaxShown, " more");
  return base::Cat(Expected(expected, seen), "; found: ", shown);
}

}  // namespace cairn::va
