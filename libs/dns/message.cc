#include "libs/dns/message.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>

namespace cairn::dns {
namespace {

constexpr size_t kMaxAliases = 32;
constexpr uint16_t kCname = 5, kSoa = 6;
constexpr uint16_t kClassIn = 1;

// Reads a message from front to back; every step is false past the end.
class MessageReader {
 public:
  explicit MessageReader(std::string_view message) : message_(message) {}

  bool Skip(size_t size) {
    if (size > message_.size() - at_) return false;
    at_ += size;
    return true;
  }

  bool ReadUint16(uint16_t& value) {
    if (message_.size() - at_ < 2) return false;
    value = static_cast<uint16_t>(Octet(at_) << 8 | Octet(at_ + 1));
    at_ += 2;
    return true;
  }

  bool ReadUint32(uint32_t& value) {
    uint16_t high = 0, low = 0;
    if (!ReadUint16(high) || !ReadUint16(low)) return false;
    value = uint32_t{high} << 16 | low;
    return true;
  }

  bool ReadOctets(size_t size, std::string& octets) {
    if (size > message_.size() - at_) return false;
    octets = message_.substr(at_, size);
    at_ += size;
    return true;
  }

  // A name, following compression pointers, which may only point backwards.
  bool ReadName(std::string& name) {
    name.clear();
    size_t at = at_, end = 0;
    size_t wire_size = 1;
    while (true) {
      if (at >= message_.size()) return false;
      const size_t length = Octet(at);
      if (length >= 0xc0) {
        if (message_.size() - at < 2) return false;
        const size_t target = (length & 0x3f) << 8 | Octet(at + 1);
        if (end == 0) end = at + 2;
        if (target >= at) return false;
        at = target;
        continue;
      }
      if (length > 63 || length >= message_.size() - at) return false;
      if (length == 0) break;
      wire_size += length + 1;
      if (wire_size > 255) return false;
      if (!name.empty()) name += '.';
      for (size_t i = 1; i <= length; ++i) AppendOctet(Octet(at + i), name);
      at += length + 1;
    }
    at_ = end == 0 ? at + 1 : end;
    return true;
  }

  size_t at() const { return at_; }

 private:
  uint8_t Octet(size_t at) const { return static_cast<uint8_t>(message_[at]); }

  static void AppendOctet(uint8_t octet, std::string& name) {
    if (octet >= 'A' && octet <= 'Z') octet = static_cast<uint8_t>(octet - 'A' + 'a');
    if (octet > 0x20 && octet < 0x7f && octet != '.' && octet != '\\') {
      name += static_cast<char>(octet);
      return;
    }
    name += '\\';
    name += static_cast<char>('0' + octet / 100);
    name += static_cast<char>('0' + octet / 10 % 10);
    name += static_cast<char>('0' + octet % 10);
  }

  const std::string_view message_;
  size_t at_ = 0;
};

struct Head {
  uint16_t flags = 0, answers = 0, authorities = 0;
  std::string name;  // of the question
};

bool ReadHead(MessageReader& reader, Head& head) {
  uint16_t questions = 0;
  return reader.Skip(2) && reader.ReadUint16(head.flags) && reader.ReadUint16(questions) &&
         questions == 1 && reader.ReadUint16(head.answers) && reader.ReadUint16(head.authorities) &&
         reader.Skip(2) && reader.ReadName(head.name) && reader.Skip(4);
}

struct Record {
  std::string owner;
  uint16_t type = 0, clazz = 0;
  uint32_t ttl = 0;
  std::string rdata;  // of a CNAME the target
};

bool ReadRecord(MessageReader& reader, Record& record) {
  uint16_t size = 0;
  if (!reader.ReadName(record.owner) || !reader.ReadUint16(record.type) ||
      !reader.ReadUint16(record.clazz) || !reader.ReadUint32(record.ttl) ||
      !reader.ReadUint16(size)) {
    return false;
  }
  if (record.type != kCname) return reader.ReadOctets(size, record.rdata);
  const size_t end = reader.at() + size;
  return reader.ReadName(record.rdata) && reader.at() == end;
}

}  // namespace

std::optional<Message> ReadMessage(std::string_view octets, Type type) {
  MessageReader reader(octets);
  Head head;
  if (!ReadHead(reader, head)) return std::nullopt;
  std::map<std::string, Record> aliases;
  std::vector<Record> found;
  for (int i = 0; i < head.answers; ++i) {
    Record record;
    if (!ReadRecord(reader, record)) return std::nullopt;
    if (record.clazz != kClassIn) continue;
    if (record.type == kCname) {
      std::string owner = record.owner;
      aliases.emplace(std::move(owner), std::move(record));
    } else if (record.type == static_cast<uint16_t>(type)) {
      found.push_back(std::move(record));
    }
  }
  Message message{.rcode = head.flags & 0xf};
  uint32_t soa_ttl = 0;
  for (int i = 0; i < head.authorities; ++i) {
    Record record;
    if (!ReadRecord(reader, record)) return std::nullopt;
    if (record.type != kSoa) continue;
    message.authority_soa = true;
    soa_ttl = record.ttl;
  }

  uint32_t ttl = std::numeric_limits<uint32_t>::max();
  std::string name = head.name;
  for (auto next = aliases.find(name);
       next != aliases.end() && message.aliases.size() < kMaxAliases; next = aliases.find(name)) {
    name = next->second.rdata;
    ttl = std::min(ttl, next->second.ttl);
    message.aliases.push_back(name);
  }
  for (Record& record : found) {
    if (record.owner != name) continue;
    ttl = std::min(ttl, record.ttl);
    message.records.push_back(std::move(record.rdata));
  }
  message.ttl = message.records.empty() ? soa_ttl : ttl;
  return message;
}

}  // namespace cairn::dns
