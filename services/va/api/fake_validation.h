#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "libs/base/clock.h"
#include "libs/policy/calendar.h"
#include "services/va/api/fake_perspective.h"
#include "services/va/api/validation.h"

namespace cairn::va {

// A primary in memory over fake perspectives: real receipts under throw-away
// keys, counted by the real quorum of the private pack. At first everything is valid; what is
// seen is set at the perspectives, or at all of them with DenyControl and
// ForbidCaa. Thread-safe.
class FakeValidation final : public Validation {
 public:
  explicit FakeValidation(const base::Clock& clock, int remotes = 5);

  absl::StatusOr<v1::ValidateResponse> Validate(const base::Call& call,
                                                const v1::ValidateRequest& request) override;
  absl::StatusOr<v1::CheckCaaResponse> CheckCaa(const base::Call& call,
                                                const v1::CheckCaaRequest& request) override;

  void DenyControl(const std::string& name, errors::Reason reason, const std::string& detail);
  void ForbidCaa(const std::string& name, const std::string& detail);
  // The next calls of either method answer these, one each, and do nothing.
  void FailNext(absl::Status status);

  // The primary is number 0.
  FakePerspective& perspective(size_t number) { return *perspectives_.at(number); }
  size_t perspectives() const { return perspectives_.size(); }

  std::vector<v1::ValidateRequest> validate_requests() const;
  std::vector<v1::CheckCaaRequest> check_caa_requests() const;

 private:
  absl::StatusOr<v1::ValidateResponse> Run(const base::Call& call, const v1::Subject& subject);
  absl::Status TakeFailure();

  const base::Clock& clock_;
  std::vector<std::unique_ptr<FakePerspective>> perspectives_;

  mutable std::mutex mutex_;
  uint64_t attempts_ = 0;
  std::deque<absl::Status> failures_;
  std::vector<v1::ValidateRequest> validate_requests_;
  std::vector<v1::CheckCaaRequest> check_caa_requests_;
};

}  // namespace cairn::va
