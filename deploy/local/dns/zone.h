#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cairn::local_dns {

struct RecordSet {
  uint32_t ttl = 0;
  std::vector<std::string> rdata;  // each in wire form, names in it uncompressed
};

// The records of the zone "test." of the local stack. Names are in wire form, in
// lower case. Not thread-safe.
//
// Every name below "test." exists and has the address 127.0.0.1, unless A or
// AAAA records were set for it: then it has just those.
class Zone {
 public:
  // At most this many records can be set, so that updates can't eat the memory.
  static constexpr size_t kMaxRecords = 100'000;

  Zone();

  // Whether `name` is "test." or below it.
  bool Contains(std::string_view name) const;

  // The records to answer with; null where there are none. Valid until the next
  // change. A CNAME is only found under its own type.
  const RecordSet* Find(const std::string& name, uint16_t type) const;

  // The records that were set, without what every name has by itself.
  const RecordSet* FindSet(const std::string& name, uint16_t type) const;
  bool HasAny(const std::string& name) const;

  bool HasRoomFor(size_t records) const { return records_ + records <= kMaxRecords; }
  // RFC 2136 section 3.4.2.2: a record that's there already gets the new TTL; a
  // CNAME stands alone, so one beside other records, or the other way round, is
  // left out.
  void Add(const std::string& name, uint16_t type, uint32_t ttl, std::string rdata);
  void Remove(const std::string& name, uint16_t type, std::string_view rdata);
  void RemoveSet(const std::string& name, uint16_t type);
  void RemoveName(const std::string& name);

  // The SOA record's data, for negative answers.
  const std::string& soa() const { return soa_.rdata.front(); }
  const std::string& apex() const { return apex_; }

 private:
  using Sets = std::map<uint16_t, RecordSet>;

  const std::string apex_;
  RecordSet soa_;
  RecordSet ns_;
  RecordSet address_;
  std::unordered_map<std::string, Sets> names_;
  size_t records_ = 0;
};

}  // namespace cairn::local_dns
