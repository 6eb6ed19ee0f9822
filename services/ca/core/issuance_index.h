#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "protos/ca/v1/ca.pb.h"

namespace cairn::ca {

// Where in the journal each issuance stands, in memory: rebuilt from the journal
// at each start. Holds digests of 16 octets, about 220 octets for a certificate.
// Not thread-safe. Adding a record again changes nothing.
class IssuanceIndex {
 public:
  // The records of one signature.
  struct Step {
    std::optional<uint64_t> intent;
    std::optional<uint64_t> signature;  // the Signed record
  };
  struct Issuance {
    Step precertificate;  // empty without CT
    Step certificate;

    bool begun() const { return precertificate.intent || certificate.intent; }
  };

  void Add(uint64_t index, const v1::JournalRecord& record);

  // Empty where no intent has this id.
  Issuance Find(std::string_view issuance_id) const;

  // Whether an intent names this finalize URL, this request, or this serial.
  bool HasFinalizeUrl(std::string_view url) const;
  bool HasRequest(std::string_view request_digest) const;
  bool HasSerial(std::string_view serial) const { return FindSerial(serial).has_value(); }
  // The first intent that names it.
  std::optional<uint64_t> FindSerial(std::string_view serial) const;

  size_t size() const { return issuances_.size(); }

 private:
  // The front of a SHA-256 over kind and value.
  using Key = std::array<char, 16>;
  static Key KeyOf(char kind, std::string_view value);

  static constexpr uint64_t kNone = ~uint64_t{0};
  struct Place {
    uint64_t intent = kNone;
    uint64_t signature = kNone;
  };
  struct Places {
    Place precertificate;
    Place certificate;
    Place& Of(v1::Signable signable) {
      return signable == v1::SIGNABLE_PRECERTIFICATE ? precertificate : certificate;
    }
  };
  static Step StepOf(const Place& place);

  absl::flat_hash_map<Key, Places> issuances_;
  absl::flat_hash_map<Key, uint64_t> seen_;  // the intent that named it
};

}  // namespace cairn::ca
