// What DNSSEC validation says of zones on real name servers, each sound or broken in
// one way (tests/harness/dns/dns_tree.cc).

#include <catch2/catch.hpp>

#include "libs/dns/extended_error.h"
#include "tests/integration/dns/world.h"

namespace cairn::dns {
namespace {

using errors::Reason;

const std::vector<std::string> kWww = {harness::DnsTree::kWww};

// One resolver for all of the sound and most of the broken: as in production, what
// it learnt from one zone must not change another.
World& Shared() {
  static World world;
  return world;
}

TEST_CASE("signed zones are secure, whatever their algorithm and denial",
          "[DNSSEC-01][DNSSEC-02]") {
  for (const char* zone : {"ecdsa.test", "ed25519.test", "rsa.test", "sha512.test", "nsec3.test",
                           "some-iterations.test"}) {
    INFO(zone);
    const Answer www = Shared().Ask(std::string("www.") + zone);
    CHECK(www.dnssec == Dnssec::kSecure);
    CHECK(TextsOf(Addresses(www)) == kWww);
    CHECK(www.ttl > absl::ZeroDuration());
    CHECK(www.extended_error == std::nullopt);
    CHECK(www.why.empty());
    const Answer caa = Shared().Ask(zone, Type::kCaa);
    CHECK(caa.dnssec == Dnssec::kSecure);
    CHECK(caa.records == std::vector{std::string("\0\5issueca.test", 14)});
    // That there is nothing is proven too.
    const Answer none = Shared().Ask(std::string("none.") + zone);
    CHECK(none.dnssec == Dnssec::kSecure);
    CHECK(none.rcode == kNameError);
    const Answer no_data = Shared().Ask(std::string("www.") + zone, Type::kCaa);
    CHECK(no_data.dnssec == Dnssec::kSecure);
    CHECK(no_data.rcode == kNoError);
    CHECK(no_data.records.empty());
  }
}

TEST_CASE("wildcards are secure, with the proof that nothing is closer", "[DNSSEC-02]") {
  for (const char* name : {"a.wild.ecdsa.test", "b.c.wild.ecdsa.test", "a.wild.nsec3.test"}) {
    INFO(name);
    const Answer answer = Shared().Ask(name);
    CHECK(answer.dnssec == Dnssec::kSecure);
    CHECK(TextsOf(Addresses(answer)) == kWww);
    CHECK(Shared().Ask(name, Type::kTxt).dnssec == Dnssec::kSecure);
  }
}

TEST_CASE("an unsigned zone is insecure where its parent proves it", "[DNSSEC-02][DNSSEC-05]") {
  // By NSEC3 with opt-out, and by NSEC.
  for (const char* zone : {"plain.test", "plain.nsec", "unknown-algorithm.test"}) {
    INFO(zone);
    const Answer www = Shared().Ask(std::string("www.") + zone);
    CHECK(www.dnssec == Dnssec::kInsecure);
    CHECK(TextsOf(Addresses(www)) == kWww);
    CHECK(Shared().Ask(std::string("none.") + zone, Type::kCaa).dnssec == Dnssec::kInsecure);
  }
}

TEST_CASE("what can't be validated is bogus, with an extended error, and no answer",
          "[DNSSEC-04][DNSSEC-10][DNSSEC-12][DNSSEC-13]") {
  struct Row {
    const char* name;
    int extended_error;
    const char* why;
  };
  for (const Row& row : {
           Row{"www.broken.test", kEdeDnssecBogus, "signature verification failed"},
           Row{"www.broken-rsasha1.test", kEdeDnssecBogus, "signature verification failed"},
           Row{"www.unsigned-www.test", kEdeRrsigsMissing, "no signatures"},
           Row{"www.expired.test", kEdeSignatureExpired, "signature expired"},
           Row{"www.future.test", kEdeSignatureNotYetValid, "before inception"},
           Row{"www.stripped.test", kEdeDnskeyMissing, "No DNSKEY"},
           Row{"www.wrong-ds.test", kEdeDnskeyMissing, "no keys have a DS"},
           // The alias is sound, its target isn't.
           Row{"to-bogus.ecdsa.test", kEdeDnssecBogus, "signature verification failed"},
       }) {
    // The second time from what the resolver remembers.
    for (const char* time : {"first", "second"}) {
      INFO(row.name << ", the " << time << " time");
      const Question question{row.name, Type::kA};
      const Answer answer = Shared().resolver->Resolve({}, question);
      CHECK(answer.dnssec == Dnssec::kBogus);
      CHECK(answer.rcode == kServerFailure);
      CHECK(answer.records.empty());
      CHECK(answer.extended_error == row.extended_error);
      CHECK(answer.why.find(row.why) != std::string::npos);
      CHECK(answer.why.size() <= 210);
      CHECK(answer.why.find("validation failure <") == std::string::npos);
      const absl::Status status = Check(question, answer);
      CHECK_REASON(status, Reason::kDns);
      INFO(status);
      CHECK(std::string(status.message()).find("(EDE ") != std::string::npos);
    }
  }
  // Nor is "no CAA there".
  for (const char* zone : {"expired.test", "stripped.test", "wrong-ds.test"}) {
    INFO(zone);
    const Answer caa = Shared().Ask(std::string("www.") + zone, Type::kCaa);
    CHECK(caa.dnssec == Dnssec::kBogus);
  }
}

TEST_CASE("an alias is as strong as the weakest zone that it goes through",
          "[DNSSEC-01][DNSSEC-02][VAL-40]") {
  struct Row {
    const char *name, *target;
    Dnssec dnssec;
  };
  for (const Row& row : {
           Row{"to-secure.ecdsa.test", "www.rsa.test", Dnssec::kSecure},
           Row{"to-insecure.ecdsa.test", "www.plain.test", Dnssec::kInsecure},
           Row{"www.moved.ecdsa.test", "www.ed25519.test", Dnssec::kSecure},  // a DNAME
       }) {
    INFO(row.name);
    const Answer answer = Shared().Ask(row.name);
    CHECK(answer.dnssec == row.dnssec);
    CHECK(TextsOf(Addresses(answer)) == kWww);
    CHECK(answer.aliases == std::vector<std::string>{row.target});
  }
  const Answer nothing = Shared().Ask("to-nothing.ecdsa.test");
  CHECK(nothing.dnssec == Dnssec::kSecure);
  CHECK(nothing.rcode == kNameError);
  CHECK(nothing.aliases == std::vector<std::string>{"none.rsa.test"});
}

TEST_CASE("a proof with 500 iterations proves nothing", "[DNSSEC-11]") {
  CHECK(Shared().Ask("none.iterations.test").dnssec == Dnssec::kInsecure);
  CHECK(Shared().Ask("www.iterations.test", Type::kCaa).dnssec == Dnssec::kInsecure);
  // What needs no proof of absence is signed as ever.
  CHECK(Shared().Ask("www.iterations.test").dnssec == Dnssec::kSecure);
  CHECK(Shared().Ask("none.some-iterations.test").dnssec == Dnssec::kSecure);
}

TEST_CASE("SHA-1 is still validated, so that it permits nothing that others don't", "[DNSSEC-13]") {
  CHECK(Shared().Ask("www.rsasha1.test").dnssec == Dnssec::kSecure);
  CHECK(Shared().Ask("www.sha1-ds.test").dnssec == Dnssec::kSecure);
  CHECK(Shared().Ask("www.broken-rsasha1.test").dnssec == Dnssec::kBogus);
}

TEST_CASE("a zone that no server has is a failure, told from a bogus one", "[DNSSEC-05][CAA-17]") {
  for (const char* name : {"www.lame.test", "www.referred.test"}) {
    INFO(name);
    const Question question{name, Type::kCaa};
    const Answer answer = Shared().resolver->Resolve({}, question);
    CHECK_REASON(Check(question, answer), Reason::kDns);
    CHECK(answer.rcode == kServerFailure);
    CHECK(answer.dnssec == Dnssec::kIndeterminate);
  }
  const Answer refused = Shared().Ask("www.lame.test");
  CHECK(refused.extended_error == kEdeNoReachableAuthority);
  CHECK(refused.why.find("REFUSED") != std::string::npos);
  // One of two servers is enough.
  const Answer half = Shared().Ask("www.half-lame.test");
  CHECK(half.dnssec == Dnssec::kSecure);
  CHECK(TextsOf(Addresses(half)) == kWww);
}

TEST_CASE("an answer that is too long for UDP comes over TCP", "[VAL-44]") {
  const Answer big = Shared().Ask("big.ecdsa.test", Type::kTxt);
  CHECK(big.dnssec == Dnssec::kSecure);
  CHECK(big.records.size() == 20);
}

TEST_CASE("the root's key decides, and with two anchors either does", "[DNSSEC-09]") {
  const harness::DnsTree& tree = harness::DnsTree::Shared();
  World both({.trust_anchor_file = tree.both_anchors_file()});
  CHECK(both.Ask("www.ecdsa.test").dnssec == Dnssec::kSecure);
  // An anchor that has been rolled away from: everything is bogus, nothing passes.
  World stale({.trust_anchor_file = tree.other_anchor_file()});
  for (const char* name : {"www.ecdsa.test", "www.plain.test"}) {
    CHECK(stale.Ask(name).dnssec == Dnssec::kBogus);
  }
}

TEST_CASE("without an anchor nothing is said to be validated", "[DNSSEC-01]") {
  harness::DnsTree& tree = harness::DnsTree::Shared();
  const base::SystemClock clock;
  auto resolver =
      UnboundResolver::Create({.root_hints_file = tree.root_hints_file()}, clock).value();
  for (const char* name : {"www.ecdsa.test", "www.broken.test", "www.plain.test"}) {
    CHECK(resolver->Resolve({}, {name, Type::kA}).dnssec == Dnssec::kUnchecked);
  }
}

TEST_CASE("answers are kept no longer than the options say", "[VAL-43]") {
  World world({.max_cache_ttl = absl::Seconds(30)});
  for (int i = 0; i < 2; ++i) {
    const Answer answer = world.Ask("www.ecdsa.test");  // its TTL is 300 s
    CHECK(answer.ttl > absl::ZeroDuration());
    CHECK(answer.ttl <= absl::Seconds(i == 0 ? 300 : 30));
  }
}

}  // namespace
}  // namespace cairn::dns
