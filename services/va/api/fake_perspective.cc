#include "services/va/api/fake_perspective.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/evidence/receipt.h"

namespace cairn::va {
namespace {

core::v1::Problem MakeProblem(errors::Reason reason, std::string detail) {
  core::v1::Problem problem;
  problem.set_reason(static_cast<int>(reason));
  problem.set_detail(std::move(detail));
  return problem;
}

}  // namespace

FakePerspective::FakePerspective(std::string id, evidence::v1::Receipt::Rir rir,
                                 const base::Clock& clock)
    : id_(std::move(id)),
      rir_(rir),
      clock_(clock),
      key_(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256)) {}

absl::StatusOr<v1::ObserveResponse> FakePerspective::Observe(const base::Call&,
                                                             const v1::ObserveRequest& request) {
  std::lock_guard lock(mutex_);
  requests_.push_back(request);
  if (!failures_.empty()) {
    absl::Status status = std::move(failures_.front());
    failures_.pop_front();
    return status;
  }
  v1::ObserveResponse response;
  for (const v1::Subject& subject : request.subjects()) {
    ASSIGN_OR_RETURN(*response.add_receipts(),
                     evidence::SignReceipt(key_, Look(subject, request.attempt_id())));
  }
  return response;
}

void FakePerspective::DenyControl(const std::string& name, errors::Reason reason,
                                  std::string detail) {
  std::lock_guard lock(mutex_);
  no_control_[name] = MakeProblem(reason, std::move(detail));
}

void FakePerspective::ForbidCaa(const std::string& name, std::string detail) {
  std::lock_guard lock(mutex_);
  no_caa_[name] = MakeProblem(errors::Reason::kCaa, std::move(detail));
}

void FakePerspective::FailNext(absl::Status status) {
  std::lock_guard lock(mutex_);
  failures_.push_back(std::move(status));
}

std::vector<v1::ObserveRequest> FakePerspective::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

evidence::v1::Receipt FakePerspective::Look(const v1::Subject& subject,
                                            const std::string& attempt_id) const {
  evidence::v1::Receipt receipt;
  receipt.set_version(1);
  receipt.set_perspective_id(id_);
  receipt.set_rir(rir_);
  receipt.set_account_uri(subject.account_uri());
  receipt.set_account_thumbprint(subject.account_thumbprint());
  *receipt.mutable_identifier() = subject.identifier();
  receipt.set_wildcard(subject.wildcard());
  receipt.set_attempt_id(attempt_id);
  receipt.set_observed_at(absl::ToUnixSeconds(clock_.Now()));
  receipt.set_software_version("fake");
  const std::string& name = subject.identifier().value();
  if (!subject.caa_only()) {
    evidence::v1::Control* control = receipt.mutable_control();
    control->set_method(subject.method());
    control->set_token(subject.token());
    const auto denied = no_control_.find(name);
    control->set_corroborated(denied == no_control_.end());
    if (denied != no_control_.end()) *control->mutable_problem() = denied->second;
  }
  if (subject.identifier().type() == core::v1::Identifier::TYPE_DNS) {
    evidence::v1::Caa* caa = receipt.mutable_caa();
    const auto forbidden = no_caa_.find(name);
    caa->set_permits(forbidden == no_caa_.end());
    if (forbidden != no_caa_.end()) *caa->mutable_problem() = forbidden->second;
    caa->set_dnssec("insecure");
    caa->add_identities(kFakeCaaIdentity);
    caa->set_method(subject.method());
  }
  return receipt;
}

}  // namespace cairn::va
