#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <string>

#include "libs/acme/account_id.h"
#include "libs/base/call.h"
#include "libs/crypto/public_key.h"
#include "services/sa/api/account_reader.h"

namespace cairn::wfe {

// The keys of accounts, so that a request need not ask for the one it was signed
// with. Thread-safe; Get may block.
//
// An entry may be out of date. That is harmless: the SA compares account, key and
// status again in the statement that does the work, and who is refused there
// drops the entry (ADR 0009).
class AccountCache {
 public:
  struct Entry {
    crypto::PublicKey key;
    std::string thumbprint;
  };

  AccountCache(sa::AccountReader& accounts, size_t limit) : accounts_(accounts), limit_(limit) {}

  // kAccountDoesNotExist, kAccountDeactivated, or why the SA can't say.
  absl::StatusOr<Entry> Get(const base::Call& call, const acme::AccountId& id);
  void Drop(const acme::AccountId& id);

 private:
  using Used = std::list<std::pair<acme::AccountId, Entry>>;  // the latest first

  sa::AccountReader& accounts_;
  const size_t limit_;
  std::mutex mutex_;
  Used used_;
  std::map<acme::AccountId, Used::iterator> index_;
};

}  // namespace cairn::wfe
