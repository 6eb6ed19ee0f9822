#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/dns/resolver.h"
#include "libs/dns/unbound_resolver.h"
#include "libs/testing/status_matchers.h"
#include "tests/harness/dns/dns_tree.h"

namespace cairn::dns {

// A resolver as the VA's, which starts at the root of a DNS of the test's own. The
// root's key, hints, and what the test says are all that is not as in production.
class World {
 public:
  explicit World(UnboundResolver::Options options = {}) : tree(harness::DnsTree::Shared()) {
    options.root_hints_file = tree.root_hints_file();
    if (options.trust_anchor_file.empty()) options.trust_anchor_file = tree.anchor_file();
    auto created = UnboundResolver::Create(options, clock);
    REQUIRE_OK(created);
    resolver = *std::move(created);
  }

  Answer Ask(const std::string& name, Type type = Type::kA) {
    return resolver->Resolve({}, {name, type});
  }

  harness::DnsTree& tree;
  base::SystemClock clock;
  std::unique_ptr<UnboundResolver> resolver;
};

inline std::vector<std::string> TextsOf(const std::vector<base::IpAddress>& addresses) {
  std::vector<std::string> texts;
  for (const base::IpAddress& address : addresses) texts.push_back(address.ToText());
  return texts;
}

}  // namespace cairn::dns
