#pragma once

#include <absl/status/statusor.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "libs/base/call.h"
#include "libs/base/clock.h"

namespace cairn::ca {

// A lock for each of many keys: who holds one makes others with the same key
// wait, and nobody else. Thread-safe.
class KeyedLock {
 public:
  explicit KeyedLock(const base::Clock& clock) : clock_(clock) {}

  // Holds its key until it goes.
  class Held {
   public:
    Held(Held&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)), key_(other.key_) {}
    Held& operator=(Held&&) = delete;
    ~Held();

   private:
    friend class KeyedLock;
    Held(KeyedLock* lock, std::string key) : lock_(lock), key_(std::move(key)) {}

    KeyedLock* lock_;
    std::string key_;
  };

  // Waits until the key is free; kDeadlineExceeded when the call's time is over.
  // Not to be called with a key that the caller holds already.
  absl::StatusOr<Held> Lock(const base::Call& call, const std::string& key);

 private:
  void Release(const std::string& key);

  const base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable released_;
  std::set<std::string> held_;
};

}  // namespace cairn::ca
