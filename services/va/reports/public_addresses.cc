#include "services/va/reports/public_addresses.h"

#include <string>
#include <vector>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::va {
namespace {

using errors::Reason;

// Enough for one that is down and another one.
constexpr size_t kMaxAddresses = 4;

absl::StatusOr<std::vector<base::IpAddress>> Find(dns::Resolver& resolver,
                                                  const policy::AddressRules& rules,
                                                  const base::Call& call, const std::string& host) {
  const std::vector<dns::Question> questions = {{host, dns::Type::kAaaa}, {host, dns::Type::kA}};
  const std::vector<dns::Answer> answers = resolver.ResolveAll(call, questions);
  std::vector<base::IpAddress> addresses;
  bool refused = false;
  for (size_t i = 0; i < questions.size(); ++i) {
    if (!dns::Check(questions[i], answers[i]).ok()) continue;
    for (const base::IpAddress& address : dns::Addresses(answers[i])) {
      if (!rules.MayDial(address)) {
        refused = true;
      } else if (addresses.size() < kMaxAddresses) {
        addresses.push_back(address);
      }
    }
  }
  if (!addresses.empty()) return addresses;
  if (refused) {
    return errors::Make(Reason::kConnection,
                        base::Cat(host, " is at an address that is never contacted"));
  }
  return errors::Make(Reason::kDns, base::Cat(host, " has no address"));
}

}  // namespace

http::ApiClient::Resolve PublicAddresses(dns::Resolver& resolver,
                                         const policy::AddressRules& rules) {
  return [&resolver, &rules](const base::Call& call, const std::string& host) {
    return Find(resolver, rules, call, host);
  };
}

}  // namespace cairn::va
