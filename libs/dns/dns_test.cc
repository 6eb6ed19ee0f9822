#include <catch2/catch.hpp>

#include "libs/dns/extended_error.h"
#include "libs/dns/fake_resolver.h"
#include "libs/dns/message.h"
#include "libs/dns/prefetch.h"
#include "libs/dns/recorder.h"
#include "libs/testing/status_matchers.h"

namespace cairn::dns {
namespace {

std::string MessageOf(int answers, const std::string& records) {
  std::string out("\0\1\x81\x80\0\1\0\0\0\0\0\0", 12);
  out[7] = static_cast<char>(answers);
  return out + std::string("\1a\4test\0\0\1\0\1", 12) + records;
}
std::string Cname(const std::string& owner, const std::string& target) {
  return owner + std::string("\0\5\0\1\0\0\0\1\0", 9) + static_cast<char>(target.size()) + target;
}
const std::string kA("\1a\4test\0", 8);
const std::string kPointerToA("\xc0\x0c", 2);

// Of the answer section; TTL 256.
std::string Record(const std::string& owner, int type, const std::string& rdata, int clazz = 1) {
  return owner +
         std::string{static_cast<char>(type >> 8), static_cast<char>(type), '\0',
                     static_cast<char>(clazz)} +
         std::string("\0\0\1\0\0", 5) + static_cast<char>(rdata.size()) + rdata;
}
std::optional<Message> Read(const std::string& message) { return ReadMessage(message, Type::kA); }

TEST_CASE("aliases are read from a message in order") {
  // Not in order, once compressed.
  const std::string b("\1B\xc0\x0e", 4), c("\1c\4test\0", 8);
  CHECK(Read(MessageOf(2, Cname("\1b" + kA.substr(2), c) + Cname(kPointerToA, b)))->aliases ==
        std::vector<std::string>{"b.test", "c.test"});
  CHECK(Read(MessageOf(0, ""))->aliases.empty());
  CHECK(Read(MessageOf(1, Cname(kPointerToA, std::string("\3\nx.\0", 5))))->aliases ==
        std::vector<std::string>{"\\010x\\046"});
}

TEST_CASE("an alias that points to itself ends the chain") {
  CHECK(Read(MessageOf(1, Cname(kPointerToA, kA)))->aliases.size() <= 32);
}

TEST_CASE("records are those of the type asked for at the end of the chain") {
  const std::string c("\1c\4test\0", 8), ip("\x7f\0\0\1", 4), other("\x7f\0\0\2", 4);
  const std::string chain = Cname(kPointerToA, c);
  const auto whole =
      Read(MessageOf(5, Record(kPointerToA, 1, other) + chain + Record(c, 1, ip) +
                            Record(c, 16, "\1x") + Record(c, 1, other, /*clazz=*/3)));
  REQUIRE(whole);
  CHECK(whole->records == std::vector<std::string>{ip});
  CHECK(whole->ttl == 1);  // the alias's
  CHECK(whole->rcode == 0);
  CHECK(Read(MessageOf(1, chain))->records.empty());
  CHECK(Read(MessageOf(2, Record(kPointerToA, 1, ip) + Record(kPointerToA, 1, other)))
            ->records.size() == 2);
  std::string no_such_name = MessageOf(0, "");
  no_such_name[3] = '\x83';
  CHECK(Read(no_such_name)->rcode == kNameError);
}

TEST_CASE("an answer lives as long as the shortest of its parts") {
  const std::string c("\1c\4test\0", 8), ip("\x7f\0\0\1", 4);
  std::string alias = Cname(kPointerToA, c);
  alias[9] = '\x07';  // the last octet of its TTL
  CHECK(Read(MessageOf(2, alias + Record(c, 1, ip)))->ttl == 7);
  alias[8] = '\x02';
  CHECK(Read(MessageOf(2, alias + Record(c, 1, ip)))->ttl == 256);
}

TEST_CASE("a message that breaks the format says nothing") {
  const std::string whole =
      MessageOf(2, Cname(kPointerToA, kA) + Record(kPointerToA, 1, std::string(4, 'a')));
  REQUIRE(Read(whole));
  for (size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(Read(whole.substr(0, size)));
  CHECK_FALSE(Read(MessageOf(1, Cname(std::string("\xc0\x18", 2), kA))));  // to itself
  CHECK_FALSE(Read(MessageOf(1, Cname(std::string("\xc0\xff", 2), kA))));  // beyond the end
  CHECK_FALSE(Read(MessageOf(1, Cname(std::string("\x40", 1), kA))));      // unknown label
}

TEST_CASE("an SOA record counts in the authority section only") {
  const std::string rdata = std::string("\1\0", 2) + std::string(21, '\0');
  const std::string soa = Record(kPointerToA, 6, rdata);
  CHECK_FALSE(Read(MessageOf(1, soa))->authority_soa);
  std::string in_authority = MessageOf(0, soa);
  in_authority[9] = 1;
  REQUIRE(Read(in_authority));
  CHECK(Read(in_authority)->authority_soa);
  CHECK(Read(in_authority)->ttl == 256);
  CHECK_FALSE(Read(in_authority.substr(0, in_authority.size() - 1)));
  CHECK_FALSE(Read(MessageOf(0, ""))->authority_soa);
}

TEST_CASE("an attempt asks each question once", "[CAA-35]") {
  FakeResolver dns;
  dns.SetAddresses("a.test", {"192.0.2.1", "2001:db8::1"});
  Prefetch attempt(dns);
  const std::vector<Question> both = {{"a.test", Type::kA}, {"a.test", Type::kAaaa}};
  CHECK(attempt.ResolveAll({}, both).size() == 2);
  CHECK(Addresses(attempt.Resolve({}, both[1])).front().ToText() == "2001:db8::1");
  attempt.Resolve({}, {"b.test", Type::kA});
  CHECK(dns.questions().size() == 3);
  Prefetch next(dns);
  next.Resolve({}, both[0]);
  CHECK(dns.questions().size() == 4);
}

TEST_CASE("what was answered is kept, one answer for each question", "[DNSSEC-07]") {
  FakeResolver dns;
  dns.SetAddresses("a.test", {"192.0.2.1"});
  dns.MakeBogus("b.test", Type::kCaa);
  Recorder recorder(dns);
  recorder.Resolve({}, {"a.test", Type::kA});
  recorder.Resolve({}, {"b.test", Type::kCaa});
  recorder.Resolve({}, {"a.test", Type::kA});
  REQUIRE(recorder.answers().size() == 2);
  CHECK(recorder.answers().at({"a.test", Type::kA}).records.size() == 1);
  CHECK(recorder.answers().at({"b.test", Type::kCaa}).dnssec == Dnssec::kBogus);
}

TEST_CASE("a failure is told with its extended error", "[DNSSEC-12]") {
  const Question question{"a.test", Type::kCaa};
  const auto detail = [&](const Answer& answer) {
    return std::string(Check(question, answer).message());
  };
  CHECK(detail({.dnssec = Dnssec::kBogus, .why = "signature expired", .extended_error = 7}) ==
        "DNSSEC validation failed looking up CAA for a.test: signature expired (EDE 7: Signature "
        "Expired)");
  CHECK(detail({.why = "out of luck", .extended_error = 99}) ==
        "SERVFAIL looking up CAA for a.test: out of luck (EDE 99)");
  CHECK(detail({.extended_error = 22}) ==
        "SERVFAIL looking up CAA for a.test: (EDE 22: No Reachable Authority)");
  CHECK(detail({}) == "SERVFAIL looking up CAA for a.test");
}

TEST_CASE("libunbound's reasons have their codes of RFC 8914", "[DNSSEC-12]") {
  CHECK(CodeOfBogus("signature expired from 192.0.2.3 for key a.test.") == kEdeSignatureExpired);
  CHECK(CodeOfBogus("signature before inception date") == kEdeSignatureNotYetValid);
  CHECK(CodeOfBogus("no signatures over NSECs") == kEdeRrsigsMissing);
  CHECK(CodeOfBogus("No DNSKEY record") == kEdeDnskeyMissing);
  CHECK(CodeOfBogus("no keys have a DS with algorithm RSASHA256") == kEdeDnskeyMissing);
  CHECK(CodeOfBogus("nodata proof failed, no NSEC3 closest encloser") == kEdeNsecMissing);
  CHECK(CodeOfBogus("ECDSA signature verification failed") == kEdeDnssecBogus);
  CHECK(CodeOfBogus("") == kEdeDnssecBogus);
  CHECK(CodeOfFailure("all servers for this domain failed, at zone a.test.") ==
        kEdeNoReachableAuthority);
  CHECK(CodeOfFailure("all the configured stub or forward servers failed, at zone .") ==
        kEdeNoReachableAuthority);
  CHECK(CodeOfFailure("SERVFAIL in cache") == kEdeCachedError);
  CHECK(CodeOfFailure("") == std::nullopt);
}

TEST_CASE("only NOERROR and NXDOMAIN are answers, and only if not bogus") {
  const Question question{"a.test", Type::kCaa};
  CHECK_OK(Check(question, {.rcode = kNoError}));
  CHECK_OK(Check(question, {.rcode = kNameError}));
  for (const int rcode : {1, 2, 4, 5, 9}) {
    CHECK_REASON(Check(question, {.rcode = rcode}), errors::Reason::kDns);
  }
  CHECK_REASON(Check(question, {.rcode = kNoError, .dnssec = Dnssec::kBogus}),
               errors::Reason::kDns);
}

TEST_CASE("records of another size are no addresses") {
  CHECK(Addresses({.records = {"1234", "12345", "", "1234567890123456"}}).size() == 2);
}

}  // namespace
}  // namespace cairn::dns
