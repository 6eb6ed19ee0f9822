#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/crypto/private_key.h"
#include "libs/errors/errors.h"
#include "services/va/api/perspective.h"

namespace cairn::va {

// The issuer domain name that the fakes look for in CAA records.
inline constexpr char kFakeCaaIdentity[] = "ca.cairn.test";

// A perspective that sees what the test says, and signs real receipts with a
// throw-away key. At first it sees control and permission for every name.
// Thread-safe.
class FakePerspective final : public Perspective {
 public:
  FakePerspective(std::string id, evidence::v1::Receipt::Rir rir, const base::Clock& clock);

  absl::StatusOr<v1::ObserveResponse> Observe(const base::Call& call,
                                              const v1::ObserveRequest& request) override;

  // From now on it does not see control of `name`, or that CAA permits it.
  void DenyControl(const std::string& name, errors::Reason reason, std::string detail);
  void ForbidCaa(const std::string& name, std::string detail);
  // The next calls answer these, one each, and do nothing.
  void FailNext(absl::Status status);

  const std::string& id() const { return id_; }
  evidence::v1::Receipt::Rir rir() const { return rir_; }
  const crypto::PublicKey& public_key() const { return key_.public_key(); }
  // So that a test can play a perspective that lies.
  const crypto::PrivateKey& key() const { return key_; }
  std::vector<v1::ObserveRequest> requests() const;

 private:
  evidence::v1::Receipt Look(const v1::Subject& subject, const std::string& attempt_id) const;

  const std::string id_;
  const evidence::v1::Receipt::Rir rir_;
  const base::Clock& clock_;
  const crypto::PrivateKey key_;

  mutable std::mutex mutex_;
  std::map<std::string, core::v1::Problem> no_control_;
  std::map<std::string, core::v1::Problem> no_caa_;
  std::deque<absl::Status> failures_;
  std::vector<v1::ObserveRequest> requests_;
};

}  // namespace cairn::va
