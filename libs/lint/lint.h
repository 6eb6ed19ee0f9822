#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/lint/subject.h"

// The second look at what is about to be signed (BR 4.3.1.2): small independent
// tests of one rule each, over the encoded object. Pure; thread-safe.
namespace cairn::lint {

enum class Severity {
  kNotice,   // worth knowing; never blocks
  kWarning,  // blocks unless a person reviewed and allowed it
  kError,    // blocks
};
std::string_view NameOf(Severity severity);

struct View;

// One rule. `check` says what is wrong, or nothing if all is well.
struct Lint {
  std::string_view name;         // zlint's, where zlint has it: "e_ext_san_missing"
  std::string_view requirement;  // "LINT-44"
  std::string_view clause;       // "BR 7.1.2.7.12"
  Severity severity = Severity::kError;
  uint16_t kinds = 0;  // a bit for each Kind it looks at
  uint16_t needs = 0;  // what Subject must bring; see registry.h
  bool web_only = false;
  absl::Time since = absl::InfinitePast();  // first instant of the rule
  absl::Time until = absl::InfiniteFuture();
  std::string (*check)(const View&) = nullptr;

  bool LooksAt(Kind kind) const { return (kinds >> static_cast<int>(kind) & 1) != 0; }
};

// Every lint, in a fixed order.
std::span<const Lint* const> Registry();
// Null if there is none of that name.
const Lint* FindLint(std::string_view name);
// Names the set of lints: changes whenever a lint comes, goes or changes.
// To be written down beside each result (LINT-08).
const std::string& Version();

struct Finding {
  const Lint* lint;
  std::string detail;
};

struct Report {
  Kind kind;
  std::vector<Finding> findings;     // in the order of the registry
  std::vector<const Lint*> skipped;  // in force, but Subject lacks what they need
  int passed = 0;

  // SHA-256 in hexadecimal over version, kind, findings and skipped lints.
  std::string Digest() const;
};

// Runs every lint that is in force for the object at subject.now. Bytes that are
// no such object at all give one finding. Bounded in time by the size of `der`.
Report Run(const Subject& subject);

// When the object says that it came to be: notBefore, thisUpdate or producedAt.
// For looking at objects of others, whose time of signing nobody told us.
std::optional<absl::Time> BeginOf(std::string_view der);

// What people have reviewed and let pass, by name: warnings that may be found,
// and lints that may be skipped. An error is never allowed.
class AllowList {
 public:
  AllowList() = default;
  // kMalformed for a name that no lint has, and for an error among the warnings.
  static absl::StatusOr<AllowList> Create(const std::vector<std::string>& warnings,
                                          const std::vector<std::string>& skipped);

  bool AllowsWarning(std::string_view name) const { return warnings_.contains(name); }
  bool AllowsSkipping(std::string_view name) const { return skipped_.contains(name); }

 private:
  std::set<std::string, std::less<>> warnings_;
  std::set<std::string, std::less<>> skipped_;
};

// Whether the object may be signed (LINT-04): OK, or kInternal with every lint
// that stands in the way. A lint that could not run does, too.
absl::Status MaySign(const Report& report, const AllowList& allowed);

}  // namespace cairn::lint
