#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/x509/crl.h"
#include "protos/ca/v1/ca.pb.h"

namespace cairn::ca {

// The revocations in the journal, and the last CRL of each part of each issuer, in
// memory: rebuilt from the journal at each start. About 300 octets a revocation.
// Not thread-safe. Adding a record again changes nothing.
class RevocationIndex {
 public:
  struct Entry {
    x509::RevokedCertificate revoked;
    absl::Time not_after;
    std::string crl_url;  // empty: the CRL was complete when it was revoked
    uint64_t record = 0;  // the number of the Revocation that counts
    // It was on a CRL after its end (CRL-17); no other needs to list it.
    bool is_over = false;
  };
  struct LastCrl {
    uint64_t number = 0;
    uint64_t intent = 0;
    std::optional<uint64_t> signature;
    uint64_t previous_number = 0;
    absl::Time this_update;
  };

  void Add(uint64_t index, const v1::JournalRecord& record);

  std::optional<Entry> Find(std::string_view serial) const;
  // Those that the next CRLs of the issuer must list, in no order.
  std::vector<Entry> Listed(std::string_view issuer) const;
  // Of the part with this URL (empty: the complete CRL); nothing if there was none.
  std::optional<LastCrl> FindLast(std::string_view issuer, std::string_view url) const;

  size_t size() const;

 private:
  struct Part {
    LastCrl last;
    std::vector<std::string> last_listed;  // of the last intent
  };
  using Entries = absl::flat_hash_map<std::string, Entry>;  // by serial

  void Add(uint64_t index, const v1::Revocation& revocation);
  void Add(uint64_t index, const v1::CrlIntent& intent);
  void Add(uint64_t index, const v1::CrlSigned& done);

  std::map<std::string, Entries, std::less<>> by_issuer_;
  std::map<std::pair<std::string, std::string>, Part> parts_;  // by issuer and URL
};

}  // namespace cairn::ca
