#include "services/va/core/destination.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "services/va/core/problem.h"

namespace cairn::va {
namespace {

using errors::Reason;

absl::Status Resolve(const base::Call& call, dns::Resolver& resolver, const std::string& host,
                     Destination& destination) {
  const std::vector<dns::Question> questions = AddressQuestions(host);
  const std::vector<dns::Answer> answers = resolver.ResolveAll(call, questions);
  absl::Status failure;
  const dns::Answer* weakest = nullptr;
  for (size_t i = 0; i < questions.size(); ++i) {
    const absl::Status status = dns::Check(questions[i], answers[i]);
    if (answers[i].dnssec == dns::Dnssec::kBogus) return status;
    if (!status.ok()) {
      failure = status;
      continue;
    }
    if (weakest == nullptr || answers[i].dnssec < weakest->dnssec) weakest = &answers[i];
    for (const base::IpAddress& address : dns::Addresses(answers[i])) {
      destination.found.push_back(address);
    }
  }
  // One family's answer is enough if it has an address.
  if (destination.found.empty() && !failure.ok()) return failure;
  destination.dnssec = std::string(dns::NameOf(weakest->dnssec));
  destination.aliases = weakest->aliases;
  if (destination.found.empty()) {
    return errors::Make(
        Reason::kDns,
        base::Cat("No A or AAAA records for ", base::Escaped(host, 253),
                  AliasNote(weakest->aliases),
                  weakest->rcode == dns::kNameError ? ": no such name (NXDOMAIN)" : ""));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<dns::Question> AddressQuestions(const std::string& name) {
  return {{name, dns::Type::kAaaa}, {name, dns::Type::kA}};
}

std::vector<dns::Question> AddressQuestions(const v1::Subject& subject) {
  if (subject.identifier().type() != core::v1::Identifier::TYPE_DNS) return {};
  return AddressQuestions(subject.identifier().value());
}

absl::Status FindDestination(const base::Call& call, dns::Resolver& resolver,
                             const policy::AddressRules& rules, const std::string& host,
                             const std::optional<base::IpAddress>& ip, Destination& destination) {
  if (ip) {
    destination.found.push_back(*ip);
  } else {
    RETURN_IF_ERROR(Resolve(call, resolver, host, destination));
  }
  std::vector<base::IpAddress>& to_dial = destination.to_dial;
  for (const base::IpAddress& address : destination.found) {
    const bool have_family =
        std::any_of(to_dial.begin(), to_dial.end(),
                    [&](const base::IpAddress& other) { return other.is_v6() == address.is_v6(); });
    if (!have_family && rules.MayDial(address)) to_dial.push_back(address);
  }
  if (to_dial.empty()) {
    const base::IpAddress& first = destination.found.front();
    return errors::Make(Reason::kConnection,
                        base::Cat(base::Escaped(host, 253), AliasNote(destination.aliases),
                                  " is at ", first.ToText(), " (", policy::SpecialPurposeOf(first),
                                  "), which is never contacted"));
  }
  return absl::OkStatus();
}

}  // namespace cairn::va
