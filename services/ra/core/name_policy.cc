#include "services/ra/core/name_policy.h"

#include <algorithm>

#include "libs/base/ip_address.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/policy/addresses.h"

namespace cairn::ra {
namespace {

using errors::Make;
using errors::Reason;

// More than the deepest names in use; each label costs a CAA look-up.
constexpr ptrdiff_t kMaxLabels = 10;

bool IsAtOrBelow(std::string_view name, std::string_view ancestor) {
  if (!name.ends_with(ancestor)) return false;
  return name.size() == ancestor.size() || name[name.size() - ancestor.size() - 1] == '.';
}

absl::Status Rejected(std::string_view name, std::string_view why) {
  return Make(Reason::kRejectedIdentifier, base::Cat(base::Escaped(name, 253), ": ", why));
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r";
  const size_t begin = text.find_first_not_of(kWhite);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhite) - begin + 1);
}

}  // namespace

absl::StatusOr<NamePolicy> NamePolicy::Create(policy::Pack pack, std::string_view public_suffixes,
                                              std::string_view blocked) {
  NamePolicy names(pack);
  if (pack == policy::Pack::kWebPki) {
    ASSIGN_OR_RETURN(names.public_suffixes_, policy::PublicSuffixes::Parse(public_suffixes));
  }
  while (!blocked.empty()) {
    const std::string_view line = blocked.substr(0, blocked.find('\n'));
    blocked.remove_prefix(line.size() + (line.size() < blocked.size() ? 1 : 0));
    std::string_view name = Trimmed(line.substr(0, line.find('#')));
    if (name.empty()) continue;
    const bool exactly = name.starts_with("=");
    if (exactly) name.remove_prefix(1);
    // A rule that matches no canonical name would block nothing, unnoticed.
    const bool canonical = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
    if (!canonical || name.front() == '.' || name.back() == '.') {
      return Make(Reason::kMalformed,
                  base::Cat("blocked names: not a canonical DNS name: ", base::Escaped(name, 80)));
    }
    (exactly ? names.blocked_exactly_ : names.blocked_with_all_below_).emplace(name);
  }
  return names;
}

bool NamePolicy::IsBlocked(std::string_view name) const {
  if (blocked_exactly_.find(name) != blocked_exactly_.end()) return true;
  while (true) {
    if (blocked_with_all_below_.find(name) != blocked_with_all_below_.end()) return true;
    const size_t dot = name.find('.');
    if (dot == std::string_view::npos) return false;
    name.remove_prefix(dot + 1);
  }
}

absl::Status NamePolicy::Check(std::string_view name, bool wildcard) const {
  if (std::count(name.begin(), name.end(), '.') + 1 > kMaxLabels) {
    return Make(Reason::kMalformed, base::Cat(base::Escaped(name, 253),
                                              ": a name may have at most ", kMaxLabels, " labels"));
  }
  if (IsBlocked(name)) return Rejected(name, "this CA does not issue for the name");
  // BR 4.2.2: no reverse names. A validation method for them would prove control
  // of an address, not of a domain, so the private pack refuses them too.
  if (IsAtOrBelow(name, "in-addr.arpa") || IsAtOrBelow(name, "ip6.arpa")) {
    return Rejected(name, "reverse address names are not issued for");
  }
  // BR appendix B asks for validation through Tor.
  if (IsAtOrBelow(name, "onion")) return Rejected(name, "onion names are not issued for");
  if (pack_ == policy::Pack::kPrivate) return absl::OkStatus();
  // BR 4.2.2: no Internal Names.
  if (!public_suffixes_->KnowsTopLevelOf(name)) {
    return Rejected(name, "the top-level domain is not in the public DNS");
  }
  // BR 3.2.2.6 for wildcards; for the suffix itself it is common practice, as
  // nobody's web site should speak for a registry.
  if (public_suffixes_->IsSuffix(name)) {
    return Rejected(name, wildcard ? "a wildcard would span a whole public suffix"
                                   : "the name is a public suffix");
  }
  return absl::OkStatus();
}

absl::Status NamePolicy::CheckAddress(std::string_view address) const {
  if (IsBlocked(address)) return Rejected(address, "this CA does not issue for the address");
  const std::optional<base::IpAddress> parsed = base::IpAddress::Parse(address);
  if (!parsed.has_value()) return Make(Reason::kMalformed, "not an IP address");
  const std::string_view purpose = policy::SpecialPurposeOf(*parsed);
  if (pack_ == policy::Pack::kWebPki && !purpose.empty()) {
    return Rejected(address, base::Cat("the address is not a public one: ", purpose));
  }
  return absl::OkStatus();
}

}  // namespace cairn::ra
