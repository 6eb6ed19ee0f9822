#pragma once

#include <absl/time/time.h>

#include <utility>

#include "libs/lint/lint.h"
#include "libs/policy/calendar.h"
#include "libs/policy/key_blocklist.h"
#include "libs/policy/public_suffixes.h"
#include "libs/x509/certificate.h"
#include "services/ca/signing/leaf_check.h"

namespace cairn::ca {

// What every check before a signature compares with, beside the object itself.
// Thread-safe.
class Lints {
 public:
  struct Options {
    policy::Pack pack = policy::Pack::kWebPki;
    lint::AllowList allowed;
    const policy::KeyBlocklist& blocked_keys;
    // Null only where the pack does not ask for one.
    const policy::PublicSuffixes* public_suffixes = nullptr;
  };

  // What the options point to must outlive it.
  explicit Lints(Options options) : options_(std::move(options)) {}

  signing::LeafCheck::Rules RulesAt(absl::Time now, const x509::Certificate& issuer) const {
    return {.pack = options_.pack,
            .now = now,
            .issuer = issuer,
            .allowed = options_.allowed,
            .blocked_keys = options_.blocked_keys,
            .public_suffixes = options_.public_suffixes,
            .keys = keys_};
  }

  policy::Pack pack() const { return options_.pack; }
  const lint::AllowList& allowed() const { return options_.allowed; }

 private:
  const Options options_;
  // Only a memory of what any look would find out again.
  mutable lint::KeyCache keys_;
};

}  // namespace cairn::ca
