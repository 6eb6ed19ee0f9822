#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "libs/base/call.h"
#include "services/wfe/api/nonces.h"

namespace cairn::wfe {

// Another replica, in memory. Thread-safe.
class FakeNonces final : public Nonces {
 public:
  // `redeem` is what the replica answers with.
  explicit FakeNonces(std::function<bool(const std::string&)> redeem)
      : redeem_(std::move(redeem)) {}

  absl::StatusOr<v1::RedeemNonceResponse> RedeemNonce(
      const base::Call&, const v1::RedeemNonceRequest& request) override {
    {
      std::lock_guard lock(mutex_);
      ++calls_;
      if (!faults_.empty()) {
        const absl::Status fault = faults_.front();
        faults_.pop_front();
        return fault;
      }
    }
    v1::RedeemNonceResponse response;
    response.set_valid(redeem_(request.nonce()));
    return response;
  }

  // The next call returns this, and redeems nothing. Several wait in line.
  void FailNext(absl::Status status) {
    std::lock_guard lock(mutex_);
    faults_.push_back(std::move(status));
  }
  int calls() const {
    std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  const std::function<bool(const std::string&)> redeem_;
  mutable std::mutex mutex_;
  std::deque<absl::Status> faults_;
  int calls_ = 0;
};

}  // namespace cairn::wfe
