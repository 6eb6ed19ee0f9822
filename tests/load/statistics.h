#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::load {

using SteadyClock = std::chrono::steady_clock;

// What is measured: one request each, but for the last four.
enum class Step : size_t {
  kNewNonce,
  kNewAccount,
  kNewOrder,
  kAuthorization,
  kChallenge,
  kPollOrder,
  kFinalize,
  kCertificate,
  kChallengeToReady,  // from the first challenge request to the order's being seen ready
  kFinalizeToValid,   // from the finalize request to the order's being seen valid
  kWhole,             // from newOrder to the certificate
};
inline constexpr size_t kSteps = 11;
std::string_view NameOf(Step step);

// What one run of the driver counts. Not thread-safe.
class Statistics {
 public:
  // Only what ends between begin and end counts as measured.
  void SetWindow(SteadyClock::time_point begin, SteadyClock::time_point end);

  void Took(Step step, SteadyClock::duration time);
  void CertificateIssued();
  void Refused();     // the CA said "not now" and the order was given up
  void Retried();     // ... and a later step of an order was repeated
  void NotStarted();  // all clients were busy when an arrival was due
  void BadNonce();    // the CA wanted another nonce
  void Failed(const std::string& what);

  struct Count {
    uint64_t total = 0;     // since the start
    uint64_t measured = 0;  // within the window
  };
  const Count& certificates() const { return certificates_; }
  const Count& refused() const { return refused_; }
  const Count& failed() const { return failed_; }

  // The smallest of the measured times that is not below that share of them; 0 if there are none.
  SteadyClock::duration Quantile(Step step, double share) const;

  std::string ToTable() const;
  // One JSON object; `more` are members to put first, each with a comma behind it.
  std::string ToJson(std::string_view more) const;

 private:
  bool InWindow() const;
  void Add(Count& count);
  double Seconds() const;

  SteadyClock::time_point begin_;
  SteadyClock::time_point end_;
  Count certificates_, refused_, retried_, not_started_, bad_nonces_, failed_, requests_;
  std::vector<std::string> samples_;
  mutable std::array<std::vector<SteadyClock::duration>, kSteps> times_;
};

}  // namespace cairn::load
