#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <string_view>

namespace cairn::policy {

// The ICANN section of a public suffix list (publicsuffix.org, "Format"): under
// which names the public may register. The private section is left out: what a
// hosting company does below its own name is its own affair (BR 3.2.2.6).
//
// Names are canonical: lower case, A-labels. Immutable.
class PublicSuffixes {
 public:
  // kMalformed if there is no rule in it. U-labels become A-labels.
  static absl::StatusOr<PublicSuffixes> Parse(std::string_view text);

  // Whether some rule, not the implied "*", covers the name's last label: if
  // not, the name is an Internal Name (BR 1.6.1).
  bool KnowsTopLevelOf(std::string_view name) const;
  // Whether the name itself is a public suffix.
  bool IsSuffix(std::string_view name) const;

 private:
  enum class Rule { kTopLevelOnly, kPlain, kWildcard, kException, kPlainAndWildcard };

  PublicSuffixes() = default;

  void Add(std::string name, Rule rule);

  // "*.ck" is kept as "ck" with kWildcard, "!www.ck" as "www.ck" with kException.
  std::map<std::string, Rule, std::less<>> rules_;
};

}  // namespace cairn::policy
