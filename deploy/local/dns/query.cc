#include "deploy/local/dns/query.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "deploy/local/dns/wire.h"

namespace cairn::local_dns {
namespace {

// A chain of aliases longer than this isn't followed: it may be a circle.
constexpr int kMaxAliases = 8;
// The size that crosses any network unfragmented (DNS flag day 2020).
constexpr uint16_t kUdpSize = 1232;
constexpr size_t kMaxMessage = 65535;

void AppendRecord(std::string& out, std::string_view owner, uint16_t type, uint32_t ttl,
                  std::string_view rdata) {
  out.append(owner);
  AppendUint16(out, type);
  AppendUint16(out, kClassIn);
  AppendUint32(out, ttl);
  AppendUint16(out, static_cast<uint16_t>(rdata.size()));
  out.append(rdata);
}

void SetCount(std::string& out, size_t offset, uint16_t count) {
  out[offset] = static_cast<char>(count >> 8);
  out[offset + 1] = static_cast<char>(count & 0xff);
}

void AppendEdns(std::string& out) {
  out.push_back('\0');
  AppendUint16(out, kTypeOpt);
  AppendUint16(out, kUdpSize);
  AppendUint32(out, 0);
  AppendUint16(out, 0);
  SetCount(out, 10, 1);
}

}  // namespace

std::string AnswerQuery(const Zone& zone, std::string_view message, bool over_tcp) {
  if (message.size() < kHeaderSize || (static_cast<uint8_t>(message[2]) & 0x80) != 0) return "";
  if (OpcodeOf(message) != kOpcodeQuery) return AnswerHeader(message, kNotImplemented);
  const std::optional<Question> question = ParseQuestion(message);
  if (!question) return AnswerHeader(message, kFormatError);

  std::string out = AnswerHeader(message, kNoError);
  out.append(message.substr(kHeaderSize, question->end - kHeaderSize));
  SetCount(out, 4, 1);
  const size_t question_end = out.size();
  const auto finish = [&](uint8_t rcode) {
    out[3] = static_cast<char>(0x80 | rcode);
    if (question->edns) AppendEdns(out);
    return std::exchange(out, "");
  };
  // Zone transfers and ANY (RFC 8482) aren't offered.
  if (question->klass != kClassIn || (question->type >= kTypeIxfr && question->type <= kTypeAny)) {
    return finish(kRefused);
  }
  if (!zone.Contains(question->name)) {
    // The root's own SOA: outside "test." there is nothing.
    AppendRecord(out, std::string_view("\0", 1), kTypeSoa, 0, zone.soa());
    SetCount(out, 8, 1);
    return finish(kNameError);
  }

  std::string name = question->name;
  // At first a pointer to the question's name (RFC 1035 section 4.1.4).
  std::string owner = "\xc0\x0c";
  uint16_t answers = 0;
  for (int aliases = 0; aliases <= kMaxAliases; ++aliases) {
    const bool alias = question->type != kTypeCname && zone.FindSet(name, kTypeCname) != nullptr;
    const uint16_t type = alias ? static_cast<uint16_t>(kTypeCname) : question->type;
    const RecordSet* set = zone.Find(name, type);
    if (set != nullptr) {
      for (const std::string& rdata : set->rdata) {
        AppendRecord(out, owner, type, set->ttl, rdata);
        ++answers;
      }
    }
    if (!alias) break;
    name = owner = set->rdata.front();
    if (!zone.Contains(name)) break;
  }
  SetCount(out, 6, answers);
  if (answers == 0) {
    AppendRecord(out, zone.apex(), kTypeSoa, 0, zone.soa());
    SetCount(out, 8, 1);
  }
  const size_t room = (over_tcp ? kMaxMessage : question->udp_size) - (question->edns ? 11 : 0);
  if (out.size() > room) {
    out.resize(question_end);
    SetCount(out, 6, 0);
    SetCount(out, 8, 0);
    out[2] = static_cast<char>(out[2] | 0x02);  // TC
  }
  return finish(kNoError);
}

}  // namespace cairn::local_dns
