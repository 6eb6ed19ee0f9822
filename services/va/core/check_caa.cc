#include "services/va/core/check_caa.h"

#include <algorithm>

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
    return caa;
  }
  caa.set_rrset_digest(caa::Digest(relevant->records));
  for (size_t i = 0; i < std::min(relevant->records.size(), kMaxRecordsKept); ++i) {
    caa.add_records(caa::ToText(relevant->records[i]).substr(0, kMaxRecordText));
  }
  const caa::Decision decision =
      caa::Evaluate(relevant->records, {.identities = identities_,
                                        .wildcard = subject.wildcard(),
                                        .account_uri = subject.account_uri(),
                                        .method = subject.method()});
  caa.set_permits(decision.permits);
  if (!decision.permits) {
    *caa.mutable_problem() =
        MakeProblem(Reason::kCaa, base::Cat("CAA records at ", caa.found_at(),
                                            " forbid issuance for ", subject.wildcard() ? "*." : "",
                                            subject.identifier().value(), ": ", decision.why));
  }
  return caa;
}

}  // namespace cairn::va
