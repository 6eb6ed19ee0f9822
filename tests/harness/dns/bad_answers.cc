#include "tests/harness/dns/bad_answers.h"

#include <cstdlib>

#include "libs/base/ip_address.h"
#include "libs/base/strings.h"
#include "tests/harness/dns/bad_server.h"
#include "tests/harness/dns/dns_tree.h"

namespace cairn::harness {
namespace {

using dns::Uint16;
using dns::WireName;
using dns::WireRecord;

constexpr int kA = 1, kNs = 2, kCname = 5, kSoa = 6, kTxt = 16;

std::string Address(const char* text) {
  return std::string(base::IpAddress::Parse(text).value().bytes());
}

// A message in parts.
struct Message {
  std::string id;
  int flags = 0x8400;  // a response, authoritative
  std::string question;
  int answers = 0, authorities = 0, additionals = 0;
  std::string records;  // of all sections

  void Answer(std::string_view owner, int type, std::string_view rdata) {
    ++answers;
    records += WireRecord(owner, type, rdata);
  }
  std::string ToWire() const {
    return id + Uint16(flags) + Uint16(1) + Uint16(answers) + Uint16(authorities) +
           Uint16(additionals) + question + records;
  }
};

int NumberAfter(const std::string& manner, const char* prefix) {
  return std::atoi(manner.c_str() + std::string(prefix).size());
}

// The records that `manner` has for a question; false: it has none of that type.
bool AddRecords(const std::string& manner, const dns::WireQuestion& question, Message& message) {
  const std::string& name = question.name;
  if (manner.starts_with("chain-") && manner != "chain-0") {
    message.Answer(name, kCname,
                   WireName(base::Cat("chain-", NumberAfter(manner, "chain-") - 1, ".bad")));
  } else if (manner == "loop") {
    message.Answer(name, kCname, WireName(name));
  } else if (manner == "loop-a" || manner == "loop-b") {
    message.Answer(name, kCname, WireName(manner == "loop-a" ? "loop-b.bad" : "loop-a.bad"));
  } else if (question.type == kTxt && manner == "huge") {
    for (int i = 0; i < 20; ++i) {
      message.Answer(name, kTxt, dns::WireText(base::Cat(i, std::string(2990, 'x'))));
    }
  } else if (question.type == kTxt && manner == "many") {
    for (int i = 0; i < 150; ++i) message.Answer(name, kTxt, dns::WireText(base::Cat("n", i)));
  } else if (question.type != kA) {
    return false;
  } else if (manner == "nx-records" || manner == "wrong-id" || manner == "wrong-question" ||
             manner == "other-source") {
    message.Answer(name, kA, Address(BadServer::kForged));
  } else if (manner == "ns") {
    message.Answer(name, kA, Address(DnsTree::kBadServer));
  } else if (manner == "odd-rdata") {
    message.Answer(name, kA, "abc");
  } else {
    message.Answer(name, kA, Address(DnsTree::kWww));
  }
  return true;
}

// Records of names that are not the server's to speak of, in every section.
void AddPoison(Message& message) {
  const std::string forged = Address(BadServer::kForged);
  message.Answer("www.plain.test", kA, forged);
  message.Answer("www.ecdsa.test", kA, forged);
  message.authorities = 2;
  message.records += WireRecord("test", kNs, WireName("ns.bad")) +
                     WireRecord("plain.test", kNs, WireName("ns.bad"));
  message.additionals = 2;
  message.records +=
      WireRecord("www.plain.test", kA, forged) + WireRecord("ns.plain.test", kA, forged);
}

void AddReferral(const std::string& manner, const dns::WireQuestion& question, Message& message) {
  message.flags = 0x8000;
  if (manner == "flood") {
    for (int i = 0; i < 100; ++i) {
      message.records +=
          WireRecord(question.name, kNs, WireName(base::Cat("ns", i, ".silent.bad")));
    }
    message.authorities = 100;
    return;
  }
  message.authorities = 1;
  message.records = manner == "up"
                        ? WireRecord("", kNs, WireName("ns"))
                        : WireRecord(question.name, kNs, WireName("ns." + question.name));
}

std::string Broken(const std::string& manner, const Message& message) {
  const std::string head = message.id + Uint16(0x8400);
  if (manner == "garbage") return head + std::string(200, '\xa5');
  if (manner == "lying-count") {
    return head + Uint16(1) + Uint16(0xffff) + Uint16(0xffff) + Uint16(0xffff) + message.question;
  }
  const std::string begin = head + Uint16(1) + Uint16(1) + Uint16(0) + Uint16(0) + message.question;
  if (manner == "pointer-loop") {
    return begin + Uint16(0xc000 | static_cast<int>(begin.size())) + Uint16(kA) + Uint16(1) +
           Uint16(0) + Uint16(300) + Uint16(4) + Address(BadServer::kForged);
  }
  // short-rdata: longer by its length than the message.
  return begin + Uint16(0xc00c) + Uint16(kA) + Uint16(1) + Uint16(0) + Uint16(300) + Uint16(400) +
         Address(BadServer::kForged);
}

}  // namespace

std::string BadAnswer(const std::string& manner, std::string_view query,
                      const dns::WireQuestion& question, bool tcp) {
  Message message{.id = std::string(query.substr(0, 2)), .question = std::string(question.octets)};
  if (manner == "silent" || (manner == "cut-silent" && tcp)) return "";
  if (manner == "garbage" || manner == "pointer-loop" || manner == "short-rdata" ||
      manner == "lying-count") {
    return Broken(manner, message);
  }
  if (manner == "up" || manner == "sideways" || manner == "flood") {
    AddReferral(manner, question, message);
    return message.ToWire();
  }
  const bool long_answer = manner == "huge" || manner == "many";
  if ((manner.starts_with("cut") || long_answer) && !tcp) {
    message.flags |= 0x0200;
    return message.ToWire();
  }
  if (manner == "authentic") message.flags |= 0x0020;  // AD
  if (manner.starts_with("rcode-")) {
    message.flags |= NumberAfter(manner, "rcode-");
    return message.ToWire();
  }
  if (manner == "wrong-id") message.id = std::string(1, '\x55') + message.id.substr(1);
  if (manner == "nx-records") message.flags |= 3;
  if (manner == "wrong-question") {
    message.question = WireName("other.bad") + message.question.substr(message.question.size() - 4);
  }
  const bool found = AddRecords(manner, question, message);
  if (found && manner == "poison") AddPoison(message);
  if (!found) {
    const std::string soa = WireName("") + WireName("") + Uint16(0) + Uint16(1) +
                            std::string(12, '\0') + Uint16(0) + Uint16(60);
    message.records = WireRecord("bad", kSoa, soa);
    message.authorities = 1;
  }
  return message.ToWire();
}

}  // namespace cairn::harness
