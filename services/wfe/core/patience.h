#pragma once

#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "libs/base/clock.h"

namespace cairn::wfe {

// How long requests may wait for the end of what they began, so that the client need
// not ask for it (docs/adr/0029). Each waits on a thread, so only some wait at once;
// the others are answered with what is known. Thread-safe, does not block.
class Patience {
 public:
  // One request's wait, from its construction on. It must not outlive its Patience.
  class Turn {
   public:
    Turn(Turn&& other) noexcept;
    Turn& operator=(Turn&&) = delete;
    ~Turn();

    // 0: not at all.
    uint32_t milliseconds() const;

   private:
    friend class Patience;
    Turn(Patience* patience, absl::Duration wait, std::optional<uint64_t> order_id);

    Patience* patience_;  // null: no place is taken
    const absl::Duration wait_;
    const std::optional<uint64_t> order_id_;
    const absl::Time began_;
  };

  // `places` may wait at once, each for at most `longest`. `clock` must outlive it.
  Patience(absl::Duration longest, size_t places, const base::Clock& clock);

  // For an order's one finalize request.
  Turn ForIssuance();
  // For one of the order's challenges. They have `longest` together: a client that
  // answers a hundred of them one after the other wants them validated side by side.
  Turn ForValidation(uint64_t order_id);

 private:
  // These need the mutex.
  bool TakePlace();
  void Spend(uint64_t order_id, absl::Duration waited);

  const absl::Duration longest_;
  const size_t places_;
  const base::Clock& clock_;
  std::mutex mutex_;
  size_t taken_ = 0;
  // By order. Ids are in the order of time: the first is the oldest, and is forgotten first.
  std::map<uint64_t, absl::Duration> spent_;
};

}  // namespace cairn::wfe
