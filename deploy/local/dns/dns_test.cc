#include <absl/time/time.h>

#include <catch2/catch.hpp>
#include <string>

#include "deploy/local/dns/query.h"
#include "deploy/local/dns/tsig_key.h"
#include "deploy/local/dns/update.h"
#include "deploy/local/dns/wire.h"
#include "deploy/local/dns/zone.h"

namespace cairn::local_dns {
namespace {

constexpr uint16_t kTypeTxt = 16;
constexpr uint16_t kTypeCaa = 257;
const TsigKey kKey{.name = "k.", .secret = "c2VjcmV0"};
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::string Query(std::string_view name, uint16_t type, bool edns = false) {
  std::string out("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  if (edns) out[11] = 1;
  out += WireName(name);
  AppendUint16(out, type);
  AppendUint16(out, kClassIn);
  if (edns) out += std::string("\0\0\x29\x04\xd0\0\0\0\0\0\0", 11);
  return out;
}

int RcodeOf(std::string_view answer) { return answer[3] & 0x0f; }
int AnswersIn(std::string_view answer) { return Uint16At(answer, 6); }

}  // namespace

TEST_CASE("every name below test. has the address 127.0.0.1") {
  const Zone zone;
  for (const std::string name : {"a.test.", "_acme-challenge.www.example.test."}) {
    const std::string answer = AnswerQuery(zone, Query(name, kTypeA), false);
    CHECK(RcodeOf(answer) == kNoError);
    CHECK(AnswersIn(answer) == 1);
    CHECK(answer.ends_with(std::string("\x00\x04\x7f\x00\x00\x01", 6)));
  }
}

TEST_CASE("a type that a name doesn't have is answered with the SOA and no record") {
  const Zone zone;
  for (const uint16_t type : {uint16_t{kTypeAaaa}, kTypeCaa, kTypeTxt, uint16_t{kTypeCname}}) {
    const std::string answer = AnswerQuery(zone, Query("a.test.", type), false);
    CHECK(RcodeOf(answer) == kNoError);
    CHECK(AnswersIn(answer) == 0);
    CHECK(Uint16At(answer, 8) == 1);
  }
}

TEST_CASE("outside test. there is nothing") {
  const Zone zone;
  for (const std::string name : {"example.com.", "test.com.", "atest.", "."}) {
    INFO(name);
    CHECK(RcodeOf(AnswerQuery(zone, Query(name, kTypeA), false)) == kNameError);
  }
}

TEST_CASE("records that were set are found, and the others are as before") {
  Zone zone;
  zone.Add(WireName("a.test."), kTypeTxt, 5, "\x02hi");
  CHECK(AnswersIn(AnswerQuery(zone, Query("A.tEsT.", kTypeTxt), false)) == 1);
  CHECK(AnswersIn(AnswerQuery(zone, Query("a.test.", kTypeA), false)) == 1);
  zone.Remove(WireName("a.test."), kTypeTxt, "\x02hi");
  CHECK(AnswersIn(AnswerQuery(zone, Query("a.test.", kTypeTxt), false)) == 0);
}

TEST_CASE("a name with an IPv6 address alone has no IPv4 address") {
  Zone zone;
  zone.Add(WireName("six.test."), kTypeAaaa, 5, std::string(15, '\0') + '\x01');
  CHECK(AnswersIn(AnswerQuery(zone, Query("six.test.", kTypeA), false)) == 0);
  CHECK(AnswersIn(AnswerQuery(zone, Query("six.test.", kTypeAaaa), false)) == 1);
}

TEST_CASE("an alias is followed, and a circle of aliases ends") {
  Zone zone;
  zone.Add(WireName("a.test."), kTypeCname, 5, WireName("b.test."));
  CHECK(AnswersIn(AnswerQuery(zone, Query("a.test.", kTypeA), false)) == 2);
  zone.Add(WireName("b.test."), kTypeCname, 5, WireName("a.test."));
  CHECK(AnswersIn(AnswerQuery(zone, Query("a.test.", kTypeA), false)) > 2);
}

TEST_CASE("an answer too big for UDP is cut and marked, and whole over TCP") {
  Zone zone;
  for (int i = 0; i < 40; ++i) {
    zone.Add(WireName("big.test."), kTypeTxt, 5, '\x3c' + std::string(60, static_cast<char>(i)));
  }
  const std::string cut = AnswerQuery(zone, Query("big.test.", kTypeTxt, true), false);
  CHECK((cut[2] & 0x02) != 0);
  CHECK(AnswersIn(cut) == 0);
  const std::string whole = AnswerQuery(zone, Query("big.test.", kTypeTxt, true), true);
  CHECK((whole[2] & 0x02) == 0);
  CHECK(AnswersIn(whole) == 40);
}

TEST_CASE("transfers, ANY, other classes and other opcodes are refused") {
  const Zone zone;
  for (const uint16_t type : {uint16_t{251}, uint16_t{252}, uint16_t{255}}) {
    CHECK(RcodeOf(AnswerQuery(zone, Query("a.test.", type), false)) == kRefused);
  }
  std::string chaos = Query("version.bind.", kTypeTxt);
  chaos.back() = 3;
  CHECK(RcodeOf(AnswerQuery(zone, chaos, false)) == kRefused);
  std::string notify = Query("a.test.", kTypeA);
  notify[2] = 0x20;
  CHECK(RcodeOf(AnswerQuery(zone, notify, false)) == kNotImplemented);
}

TEST_CASE("a message cut anywhere is refused or left unanswered") {
  Zone zone;
  const std::string query = Query("www.example.test.", kTypeA);
  for (size_t size = 0; size < query.size(); ++size) {
    const std::string answer = AnswerQuery(zone, query.substr(0, size), false);
    if (size < kHeaderSize) {
      CHECK(answer.empty());
    } else {
      CHECK(RcodeOf(answer) == kFormatError);
    }
  }
}

TEST_CASE("no octet of a query or update, whatever its value, does harm") {
  Zone zone;
  std::string update = Query("test.", kTypeSoa);
  update[2] = 0x28;
  for (const std::string& message : {Query("www.example.test.", kTypeA, true), update}) {
    for (size_t i = 0; i < message.size(); ++i) {
      for (int value = 0; value < 256; ++value) {
        std::string changed = message;
        changed[i] = static_cast<char>(value);
        CHECK(AnswerQuery(zone, changed, false).size() < 600);
        if (changed.size() >= kHeaderSize) AnswerUpdate(zone, kKey, kNow, changed);
      }
    }
  }
  CHECK(zone.HasRoomFor(Zone::kMaxRecords));
}

TEST_CASE("an update without a signature changes nothing") {
  Zone zone;
  std::string update = Query("test.", kTypeSoa);
  update[2] = 0x28;
  update[9] = 1;
  update += WireName("a.test.") + std::string("\0\x10\0\x01\0\0\0\x05\0\x03\x02hi", 13);
  CHECK(RcodeOf(AnswerUpdate(zone, kKey, kNow, update)) == kNotAuthorised);
  CHECK_FALSE(zone.HasAny(WireName("a.test.")));
}

TEST_CASE("the zone counts its records") {
  Zone zone;
  zone.Add(WireName("a.test."), kTypeTxt, 5, "x");
  zone.Add(WireName("a.test."), kTypeTxt, 6, "x");
  CHECK(zone.FindSet(WireName("a.test."), kTypeTxt)->ttl == 6);
  CHECK(zone.HasRoomFor(Zone::kMaxRecords - 1));
  CHECK_FALSE(zone.HasRoomFor(Zone::kMaxRecords));
  zone.Add(WireName("a.test."), kTypeCname, 5, WireName("b.test."));
  CHECK(zone.FindSet(WireName("a.test."), kTypeCname) == nullptr);
  zone.RemoveName(WireName("a.test."));
  CHECK(zone.HasRoomFor(Zone::kMaxRecords));
}

TEST_CASE("a key file of another algorithm or shape is refused") {
  const auto key =
      ParseTsigKey("key \"cairn-local\" {\n\talgorithm hmac-sha256;\n\tsecret \"c2VjcmV0\";\n};\n");
  REQUIRE(key.has_value());
  CHECK(key->name == "cairn-local.");
  CHECK(key->secret == "c2VjcmV0");
  for (const std::string text :
       {"", "key \"k\" { algorithm hmac-md5; secret \"c2VjcmV0\"; };",
        "key \"k\" { algorithm hmac-sha256; secret \"%%\"; };", "key \"k\" { };"}) {
    INFO(text);
    CHECK_FALSE(ParseTsigKey(text).has_value());
  }
}

}  // namespace cairn::local_dns
