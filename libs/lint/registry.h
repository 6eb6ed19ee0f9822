#pragma once

#include <absl/time/time.h>

#include <chrono>
#include <cstdint>

#include "libs/lint/lint.h"

// What the definitions of lints are made of.
namespace cairn::lint {

template <typename... Kinds>
constexpr uint16_t KindSet(Kinds... kinds) {
  return static_cast<uint16_t>(((1 << static_cast<int>(kinds)) | ...));
}

inline constexpr uint16_t kLeaf = KindSet(Kind::kSubscriber, Kind::kPrecertificate);
inline constexpr uint16_t kSubordinate = KindSet(Kind::kSubordinateCa, Kind::kCrossCertificate);
inline constexpr uint16_t kAnyCa = kSubordinate | KindSet(Kind::kRoot);
inline constexpr uint16_t kOcspSigner = KindSet(Kind::kOcspSigner);
inline constexpr uint16_t kCertificate = kLeaf | kAnyCa | kOcspSigner;
inline constexpr uint16_t kAnyCrl = KindSet(Kind::kCrl, Kind::kCaCrl);
inline constexpr uint16_t kResponse = KindSet(Kind::kOcspResponse);
// What has a TBS with a signature algorithm of BR 7.1.3.2.
inline constexpr uint16_t kSigned = kCertificate | kAnyCrl | kResponse;

// What Subject must bring (Lint::needs).
inline constexpr uint16_t kNeedsIssuer = 1 << 0;
inline constexpr uint16_t kNeedsPrecertificate = 1 << 1;
inline constexpr uint16_t kNeedsNames = 1 << 2;
inline constexpr uint16_t kNeedsProfile = 1 << 3;
inline constexpr uint16_t kNeedsCrlUrl = 1 << 4;
inline constexpr uint16_t kNeedsPreviousCrlNumber = 1 << 5;
inline constexpr uint16_t kNeedsPublicSuffixes = 1 << 6;
inline constexpr uint16_t kNeedsKeyBlocklist = 1 << 7;
inline constexpr uint16_t kNeedsLogs = 1 << 8;

// 00:00 UTC (BR 1.6.4).
constexpr absl::Time Day(int year, unsigned month, unsigned day) {
  const std::chrono::sys_days days =
      std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return absl::FromUnixSeconds(int64_t{days.time_since_epoch().count()} * 86400);
}

}  // namespace cairn::lint
