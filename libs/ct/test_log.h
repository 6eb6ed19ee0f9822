#pragma once

#include <absl/time/time.h>

#include <span>
#include <string>
#include <string_view>

#include "libs/crypto/private_key.h"
#include "libs/ct/log_list.h"
#include "libs/ct/sct.h"

namespace cairn::testing {

// The key of a log, which signs what it is asked to.
class TestLog {
 public:
  explicit TestLog(crypto::KeyType type = crypto::KeyType::kEcP256);

  const crypto::PublicKey& key() const { return key_.public_key(); }
  ct::SignedCertificateTimestamp Promise(const ct::Entry& entry, absl::Time time,
                                         std::string_view extensions = "") const;
  ct::DigitallySigned Sign(std::string_view octets) const;

  // A log of a list: of production, usable, and for any notAfter.
  ct::Log Listed(std::string_view name, std::string_view operator_name,
                 ct::LogKind kind = ct::LogKind::kRfc6962) const;

 private:
  crypto::PrivateKey key_;
};

// As an element of "logs" or "tiled_logs" in the JSON of a list.
std::string LogJson(const ct::Log& log);
// The JSON of a list of these logs, by operator.
std::string ListJson(std::span<const ct::Log> logs, std::string_view version, absl::Time at);

}  // namespace cairn::testing
