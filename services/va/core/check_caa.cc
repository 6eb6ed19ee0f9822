#include "services/va/core/check_caa.h"

#include <absl/time/time.h>

#include <algorithm>

#include "libs/acme/urls.h"
#include "libs/base/strings.h"
#include "libs/caa/caa.h"
#include "libs/errors/errors.h"
#include "services/va/core/problem.h"

namespace cairn::va {
namespace {

using errors::Reason;

// What a receipt keeps of a huge RRset in text; the digest covers all of it.
constexpr size_t kMaxRecordsKept = 20;
constexpr size_t kMaxRecordText = 300;
constexpr int kMaxAliasesKept = 16;
// What a problem document shows of the record that forbids.
constexpr size_t kMaxRecordShown = 150;

// What the rules say of a lookup that fails.
constexpr char kLookupClause[] = "BR 4.2.2.1";
// And of a name that has no records up to its top-level domain.
constexpr char kNoRecordsClause[] = "RFC 8659 section 3";

}  // namespace

std::vector<dns::Question> CheckCaa::Questions(std::string_view name) {
  std::vector<dns::Question> questions;
  while (true) {
    questions.push_back({std::string(name), dns::Type::kCaa});
    const size_t dot = name.find('.');
    if (dot == name.npos) return questions;
    name.remove_prefix(dot + 1);
  }
}

evidence::v1::Caa CheckCaa::Run(const base::Call& call, dns::Resolver& resolver,
                                const v1::Subject& subject) const {
  evidence::v1::Caa caa;
  caa.set_method(subject.method());
  for (const std::string& identity : identities_) caa.add_identities(identity);

  // All levels at once: most names have no CAA records, and then all are needed.
  const std::vector<dns::Question> questions = Questions(subject.identifier().value());
  const std::vector<dns::Answer> answers = resolver.ResolveAll(call, questions);
  const dns::Answer* relevant = nullptr;
  dns::Dnssec weakest = dns::Dnssec::kSecure;
  for (size_t i = 0; i < questions.size() && relevant == nullptr; ++i) {
    // No answer is not "no CAA": what is above it does not matter then.
    if (const absl::Status status = dns::Check(questions[i], answers[i]); !status.ok()) {
      caa.set_dnssec(std::string(dns::NameOf(answers[i].dnssec)));
      caa.set_clause(kLookupClause);
      *caa.mutable_problem() = MakeProblem(
          Reason::kDns, base::Cat("While checking CAA: ", std::string(status.message())));
      return caa;
    }
    weakest = std::min(weakest, answers[i].dnssec);
    if (answers[i].records.empty()) continue;
    relevant = &answers[i];
    caa.set_found_at(questions[i].name);
  }
  caa.set_dnssec(std::string(dns::NameOf(weakest)));
  if (relevant == nullptr) {
    caa.set_permits(true);
    caa.set_clause(kNoRecordsClause);
  } else {
    Decide(*relevant, subject, caa);
  }
  return caa;
}

void CheckCaa::Decide(const dns::Answer& relevant, const v1::Subject& subject,
                      evidence::v1::Caa& caa) const {
  caa.set_rrset_digest(caa::Digest(relevant.records));
  for (size_t i = 0; i < std::min(relevant.records.size(), kMaxRecordsKept); ++i) {
    caa.add_records(caa::ToText(relevant.records[i]).substr(0, kMaxRecordText));
  }
  caa.set_ttl_seconds(absl::ToInt64Seconds(relevant.ttl));
  for (const std::string& alias : relevant.aliases) {
    if (caa.aliases_size() < kMaxAliasesKept) caa.add_aliases(alias);
  }
  const std::vector<std::string> account_uris = AccountUris(subject.account_uri());
  const caa::Decision decision = caa::Evaluate(relevant.records, {.identities = identities_,
                                                                  .wildcard = subject.wildcard(),
                                                                  .account_uris = account_uris,
                                                                  .method = subject.method()});
  caa.set_permits(decision.permits);
  caa.set_clause(std::string(decision.clause));
  if (decision.record) {
    caa.set_decided_by(caa::ToText(relevant.records[*decision.record]).substr(0, kMaxRecordText));
  }
  if (decision.permits) return;
  *caa.mutable_problem() = MakeProblem(
      Reason::kCaa, base::Cat("CAA records at ", caa.found_at(), AliasNote(caa.aliases()),
                              " forbid issuance for ", subject.wildcard() ? "*." : "",
                              subject.identifier().value(), ": ",
                              std::string_view(caa.decided_by()).substr(0, kMaxRecordShown), " ",
                              decision.why, " (", decision.clause, ")"));
}

std::vector<std::string> CheckCaa::AccountUris(const std::string& uri) const {
  std::vector<std::string> uris = {uri};
  for (const std::string& base_url : base_urls_) {
    const auto id = acme::ParseAccountUrl(base_url, uri);
    if (!id) continue;
    for (const std::string& other : base_urls_) uris.push_back(acme::AccountUrl(other, *id));
    break;
  }
  return uris;
}

}  // namespace cairn::va
