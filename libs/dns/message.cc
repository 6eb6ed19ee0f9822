#include "libs/dns/message.h"

#include <cstdint>
#include <map>

namespace cairn::dns {
namespace {

constexpr size_t kMaxAliases = 32;
constexpr uint16_t kCname = 5, kSoa = 6;

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

// How many records the sections have that are looked at.
struct Counts {
  uint16_t answers = 0, authorities = 0;
};

// Reads the header and the question, whose name goes to `name`.
bool ReadHead(MessageReader& reader, Counts& counts, std::string& name) {
  uint16_t questions = 0;
  return reader.Skip(4) && reader.ReadUint16(questions) && questions == 1 &&
         reader.ReadUint16(counts.answers) && reader.ReadUint16(counts.authorities) &&
         reader.Skip(2) && reader.ReadName(name) && reader.Skip(4);
}

// Reads a record up to its RDATA.
bool ReadRecord(MessageReader& reader, std::string& owner, uint16_t& type, uint16_t& size) {
  return reader.ReadName(owner) && reader.ReadUint16(type) && reader.Skip(6) &&
         reader.ReadUint16(size);
}

}  // namespace

std::optional<std::vector<std::string>> AliasesIn(std::string_view message) {
  MessageReader reader(message);
  Counts counts;
  std::string name;
  if (!ReadHead(reader, counts, name)) return std::nullopt;
  std::map<std::string, std::string> targets;
  for (int i = 0; i < counts.answers; ++i) {
    std::string owner;
    uint16_t type = 0, size = 0;
    if (!ReadRecord(reader, owner, type, size)) return std::nullopt;
    const size_t rdata = reader.at();
    if (type != kCname) {
      if (!reader.Skip(size)) return std::nullopt;
      continue;
    }
    std::string target;
    if (!reader.ReadName(target) || reader.at() != rdata + size) return std::nullopt;
    targets.emplace(std::move(owner), std::move(target));
  }
  std::vector<std::string> chain;
  for (auto next = targets.find(name); next != targets.end() && chain.size() < kMaxAliases;
       next = targets.find(chain.back())) {
    chain.push_back(next->second);
  }
  return chain;
}

bool HasAuthoritySoa(std::string_view message) {
  MessageReader reader(message);
  Counts counts;
  std::string name;
  if (!ReadHead(reader, counts, name)) return false;
  for (int i = 0; i < counts.answers + counts.authorities; ++i) {
    uint16_t type = 0, size = 0;
    if (!ReadRecord(reader, name, type, size) || !reader.Skip(size)) return false;
    if (i >= counts.answers && type == kSoa) return true;
  }
  return false;
}

}  // namespace cairn::dns
