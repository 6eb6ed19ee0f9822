#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/public_key.h"

namespace cairn::ct {

// Where a log stands with Chrome (CT policy, "log states"). kUnlisted: the list
// gives it no state, so no client counts it.
enum class LogState { kUnlisted, kPending, kQualified, kUsable, kReadOnly, kRetired, kRejected };
// "usable", ...: as in the list.
std::string_view NameOf(LogState state);

// With which interface a log is read. Both kinds take submissions in the same way.
enum class LogKind { kRfc6962, kStatic };

struct Log {
  // Certificates whose notAfter is in [start, end) (Chrome log policy, "Temporal
  // Sharding").
  struct Interval {
    absl::Time start;
    absl::Time end;
    bool Contains(absl::Time not_after) const { return start <= not_after && not_after < end; }
  };

  // Of a static-ct log: the name in its checkpoints, which is the submission URL
  // without scheme and trailing slash.
  std::string Origin() const;

  std::string description;
  std::string operator_name;
  std::string id;  // the SHA-256 of the key
  crypto::PublicKey key;
  LogKind kind;
  std::string submission_url;  // "https://..." or "http://...", with a slash at its end
  std::string monitoring_url;  // likewise; the same for RFC 6962
  absl::Duration mmd;          // how late an entry may be merged
  LogState state;
  absl::Time state_since;
  std::optional<Interval> interval;  // nothing: any notAfter
  bool production;                   // false: for tests or information, never counted (CT-10)
};

// Chrome's list of logs, version 3 of its JSON. Immutable.
class LogList {
 public:
  // Chrome stops to enforce CT with a list that is older, so what an older one
  // says of a log means nothing any more (CT-09).
  static constexpr absl::Duration kMaxAge = absl::Hours(70 * 24);

  // Members that we don't use are ignored; those that we do must be right, down to
  // the id of each log, which is computed. kMalformed, naming the log, otherwise.
  static absl::StatusOr<LogList> Parse(std::string_view json);

  const std::string& version() const { return version_; }
  absl::Time timestamp() const { return timestamp_; }
  const std::vector<Log>& logs() const { return logs_; }
  // Null if it isn't there.
  const Log* Find(std::string_view log_id) const;

 private:
  std::string version_;
  absl::Time timestamp_;
  std::vector<Log> logs_;
};

// Whether `signature` is the publisher's over the octets of the file: RSA with
// PKCS#1 v1.5, or ECDSA, with SHA-256. kUnauthorized if not.
absl::Status VerifyLogList(std::string_view json, std::string_view signature,
                           const crypto::PublicKey& key);

}  // namespace cairn::ct
