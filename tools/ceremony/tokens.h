#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "tools/ceremony/key_token.h"

namespace cairn::ceremony {

// Tokens as they are, each opened with its PIN.
class RealTokens final : public TokenOpener {
 public:
  // `pin_paths` by the token's label: a file of its owner's, or "fd:N". The clock
  // must outlive this and all tokens.
  RealTokens(std::map<std::string, std::string> pin_paths, base::Clock& clock)
      : pin_paths_(std::move(pin_paths)), clock_(clock) {}

  absl::StatusOr<std::unique_ptr<KeyToken>> Open(const TokenName& name) override;

 private:
  const std::map<std::string, std::string> pin_paths_;
  base::Clock& clock_;
};

// SoftHSM tokens in a folder of their own, under the labels of a plan; gone with
// this object. Sets SOFTHSM2_CONF: there may be one of these in a process, made
// before any token is opened.
class ThrowAwayTokens final : public TokenOpener {
 public:
  // `module` is SoftHSM's. kUnavailable or kInternal where it can't be used.
  static absl::StatusOr<std::unique_ptr<ThrowAwayTokens>> Create(const std::string& module,
                                                                 const Plan& plan,
                                                                 base::Clock& clock);
  ~ThrowAwayTokens() override;

  absl::StatusOr<std::unique_ptr<KeyToken>> Open(const TokenName& name) override;

 private:
  ThrowAwayTokens(std::string module, std::string folder, base::Clock& clock)
      : module_(std::move(module)), folder_(std::move(folder)), clock_(clock) {}
  absl::Status Initialise(const std::vector<std::string>& labels);

  const std::string module_;
  const std::string folder_;
  base::Clock& clock_;
};

}  // namespace cairn::ceremony
