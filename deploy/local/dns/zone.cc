#include "deploy/local/dns/zone.h"

#include <algorithm>
#include <utility>

#include "deploy/local/dns/wire.h"

namespace cairn::local_dns {

Zone::Zone() : apex_(WireName("test.")) {
  std::string soa = WireName("ns.test.") + WireName("hostmaster.test.");
  // Serial, refresh, retry, expire; the last is the TTL of "no such record": 0,
  // so that what an update adds is seen at once.
  for (const uint32_t number : {1U, 3600U, 600U, 86400U, 0U}) AppendUint32(soa, number);
  soa_.rdata = {std::move(soa)};
  ns_.rdata = {WireName("ns.test.")};
  address_.rdata = {std::string("\x7f\x00\x00\x01", 4)};
}

bool Zone::Contains(std::string_view name) const {
  while (name.size() > apex_.size()) name.remove_prefix(1 + static_cast<uint8_t>(name[0]));
  return name == apex_;
}

const RecordSet* Zone::FindSet(const std::string& name, uint16_t type) const {
  const auto sets = names_.find(name);
  if (sets == names_.end()) return nullptr;
  const auto set = sets->second.find(type);
  return set == sets->second.end() ? nullptr : &set->second;
}

const RecordSet* Zone::Find(const std::string& name, uint16_t type) const {
  if (const RecordSet* set = FindSet(name, type)) return set;
  if (name == apex_) {
    if (type == kTypeSoa) return &soa_;
    if (type == kTypeNs) return &ns_;
    return nullptr;
  }
  if (type != kTypeA || FindSet(name, kTypeAaaa) != nullptr) return nullptr;
  return FindSet(name, kTypeCname) == nullptr ? &address_ : nullptr;
}

bool Zone::HasAny(const std::string& name) const { return names_.count(name) != 0; }

void Zone::Add(const std::string& name, uint16_t type, uint32_t ttl, std::string rdata) {
  Sets& sets = names_[name];
  const bool has_other = std::any_of(sets.begin(), sets.end(), [&](const auto& entry) {
    return (entry.first == kTypeCname) != (type == kTypeCname);
  });
  if (has_other) return;
  RecordSet& set = sets[type];
  set.ttl = ttl;
  if (std::find(set.rdata.begin(), set.rdata.end(), rdata) != set.rdata.end()) return;
  if (type == kTypeCname && !set.rdata.empty()) {
    set.rdata.front() = std::move(rdata);
    return;
  }
  set.rdata.push_back(std::move(rdata));
  ++records_;
}

void Zone::Remove(const std::string& name, uint16_t type, std::string_view rdata) {
  const auto sets = names_.find(name);
  if (sets == names_.end()) return;
  const auto set = sets->second.find(type);
  if (set == sets->second.end()) return;
  records_ -= std::erase(set->second.rdata, rdata);
  if (set->second.rdata.empty()) RemoveSet(name, type);
}

void Zone::RemoveSet(const std::string& name, uint16_t type) {
  const auto sets = names_.find(name);
  if (sets == names_.end()) return;
  const auto set = sets->second.find(type);
  if (set == sets->second.end()) return;
  records_ -= set->second.rdata.size();
  sets->second.erase(set);
  if (sets->second.empty()) names_.erase(sets);
}

void Zone::RemoveName(const std::string& name) {
  const auto sets = names_.find(name);
  if (sets == names_.end()) return;
  for (const auto& [type, set] : sets->second) records_ -= set.rdata.size();
  names_.erase(sets);
}

}  // namespace cairn::local_dns
