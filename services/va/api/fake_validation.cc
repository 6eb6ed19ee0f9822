#include "services/va/api/fake_validation.h"

#include <absl/strings/str_format.h>

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/evidence/quorum.h"
#include "libs/evidence/receipt.h"

namespace cairn::va {

using evidence::Vote;

FakeValidation::FakeValidation(const base::Clock& clock, int remotes) : clock_(clock) {
  for (int i = 0; i <= remotes; ++i) {
    perspectives_.push_back(std::make_unique<FakePerspective>(
        i == 0 ? "primary" : base::Cat("remote-", i),
        static_cast<evidence::v1::Receipt::Rir>(1 + i % 5), clock));
  }
}

absl::StatusOr<v1::ValidateResponse> FakeValidation::Validate(const base::Call& call,
                                                              const v1::ValidateRequest& request) {
  {
    std::lock_guard lock(mutex_);
    validate_requests_.push_back(request);
  }
  RETURN_IF_ERROR(TakeFailure());
  return Run(call, request.subject());
}

absl::StatusOr<v1::CheckCaaResponse> FakeValidation::CheckCaa(const base::Call& call,
                                                              const v1::CheckCaaRequest& request) {
  {
    std::lock_guard lock(mutex_);
    check_caa_requests_.push_back(request);
  }
  RETURN_IF_ERROR(TakeFailure());
  v1::CheckCaaResponse response;
  for (const v1::Subject& subject : request.subjects()) {
    if (!subject.caa_only()) {
      return errors::Make(errors::Reason::kMalformed, "CheckCaa, but not CAA only");
    }
    ASSIGN_OR_RETURN(*response.add_results(), Run(call, subject));
  }
  return response;
}

void FakeValidation::DenyControl(const std::string& name, errors::Reason reason,
                                 const std::string& detail) {
  for (auto& perspective : perspectives_) perspective->DenyControl(name, reason, detail);
}

void FakeValidation::ForbidCaa(const std::string& name, const std::string& detail) {
  for (auto& perspective : perspectives_) perspective->ForbidCaa(name, detail);
}

void FakeValidation::FailNext(absl::Status status) {
  std::lock_guard lock(mutex_);
  failures_.push_back(std::move(status));
}

std::vector<v1::ValidateRequest> FakeValidation::validate_requests() const {
  std::lock_guard lock(mutex_);
  return validate_requests_;
}

std::vector<v1::CheckCaaRequest> FakeValidation::check_caa_requests() const {
  std::lock_guard lock(mutex_);
  return check_caa_requests_;
}

absl::StatusOr<v1::ValidateResponse> FakeValidation::Run(const base::Call& call,
                                                         const v1::Subject& subject) {
  v1::ObserveRequest request;
  *request.add_subjects() = subject;
  {
    std::lock_guard lock(mutex_);
    request.set_attempt_id(absl::StrFormat("attempt %08d", ++attempts_));
  }
  v1::ValidateResponse response;
  std::vector<Vote> votes;
  for (size_t i = 0; i < perspectives_.size(); ++i) {
    Vote vote{.primary = i == 0, .rir = perspectives_[i]->rir(), .answer = Vote::Answer::kNo};
    const auto observed = perspectives_[i]->Observe(call, request);
    if (observed.ok()) {
      ASSIGN_OR_RETURN(const evidence::v1::Receipt receipt,
                       evidence::PeekReceipt(observed->receipts(0)));
      const bool control = !receipt.has_control() || receipt.control().corroborated();
      const bool caa = !receipt.has_caa() || receipt.caa().permits();
      if (control && caa) {
        vote.answer = Vote::Answer::kYes;
      } else if (!response.has_problem()) {
        *response.mutable_problem() =
            control ? receipt.caa().problem() : receipt.control().problem();
      }
      *response.mutable_attempt()->add_receipts() = observed->receipts(0);
    } else if (i == 0) {
      return observed.status();
    }
    votes.push_back(vote);
  }
  response.set_corroboration(evidence::ToText(votes));
  const policy::Limits limits = policy::LimitsAt(policy::Pack::kPrivate, clock_.Now());
  response.set_valid(evidence::Decide(limits, votes) == evidence::Verdict::kReached);
  if (response.valid()) {
    response.clear_problem();
  } else if (!response.has_problem()) {
    response.mutable_problem()->set_reason(static_cast<int>(errors::Reason::kUnauthorized));
    response.mutable_problem()->set_detail("during secondary validation: no quorum");
  }
  return response;
}

absl::Status FakeValidation::TakeFailure() {
  std::lock_guard lock(mutex_);
  if (failures_.empty()) return absl::OkStatus();
  absl::Status status = std::move(failures_.front());
  failures_.pop_front();
  return status;
}

}  // namespace cairn::va
