#pragma once

#include <absl/status/statusor.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/ct/sct.h"

// The TBSCertificates of one certificate (RFC 6962 sections 3.1 to 3.3, BR 7.1.2.9):
//
//   entry           what logs sign: neither poison nor SCT list
//   precertificate  the entry, and the poison as its last extension
//   final           the SCT list where the precertificate has the poison
//
// All functions read strict DER and touch nothing but these two extensions; all
// errors are kMalformed unless said otherwise.
namespace cairn::ct {

inline constexpr std::string_view kPoisonOid = "1.3.6.1.4.1.11129.2.4.3";
inline constexpr std::string_view kSctListOid = "1.3.6.1.4.1.11129.2.4.2";

// Precertificate from entry.
absl::StatusOr<std::string> AddPoison(std::string_view entry_tbs);

// Entry from precertificate, for VerifySct. The poison must be there exactly once,
// critical, with the content 0500, and there must be no SCT list (PROF-36, PROF-37,
// LINT-87).
absl::StatusOr<std::string> RemovePoison(std::string_view precertificate_tbs);

// Final from precertificate. `scts` must not be empty.
absl::StatusOr<std::string> ReplacePoison(std::string_view precertificate_tbs,
                                          std::span<const SignedCertificateTimestamp> scts);

// The SCTs of a final certificate: exactly one list, not critical, not empty
// (CT-14, LINT-88).
absl::StatusOr<std::vector<SignedCertificateTimestamp>> SctsOf(std::string_view final_tbs);
// Entry from final.
absl::StatusOr<std::string> RemoveSctList(std::string_view final_tbs);

// Whether both are TBSCertificates of one certificate: at one and the same place
// the first has the poison and the second a list of SCTs, and all other octets are
// equal and in the same order (CT-15, PROF-35, LINT-89). It compares what it is
// given and composes nothing, so it also proves that ReplacePoison worked.
// kMalformed, naming the part that differs, if not.
absl::Status ProveSame(std::string_view precertificate_tbs, std::string_view final_tbs);

}  // namespace cairn::ct
