#include "libs/evidence/dns_answers.h"

#include <absl/time/time.h>

#include <string>

namespace cairn::evidence {
namespace {

constexpr int kMaxAnswers = 64;

}  // namespace

void AddDnsAnswers(const std::map<dns::Question, dns::Answer>& answers, v1::Receipt& receipt) {
  for (const auto& [question, answer] : answers) {
    if (receipt.dns_size() == kMaxAnswers) return;
    v1::DnsAnswer& kept = *receipt.add_dns();
    kept.set_name(question.name);
    kept.set_type(std::string(dns::NameOf(question.type)));
    kept.set_rcode(answer.rcode);
    kept.set_dnssec(std::string(dns::NameOf(answer.dnssec)));
    kept.set_ttl_seconds(absl::ToInt64Seconds(answer.ttl));
    kept.set_records(static_cast<uint32_t>(answer.records.size()));
    for (const std::string& alias : answer.aliases) kept.add_aliases(alias);
    kept.set_why(answer.why);
    if (answer.extended_error) {
      kept.set_extended_error(static_cast<uint32_t>(*answer.extended_error));
    }
  }
}

}  // namespace cairn::evidence
