// What the resolver makes of a server that does what a well-behaved one won't
// (tests/harness/dns/bad_server.h).

#include "tests/harness/dns/bad_server.h"

#include <absl/time/clock.h>

#include <catch2/catch.hpp>

#include "tests/integration/dns/world.h"

namespace cairn::dns {
namespace {

using harness::BadServer;
using harness::DnsTree;

class BadWorld : public World {
 public:
  explicit BadWorld(UnboundResolver::Options options = {.timeout = absl::Seconds(3)})
      : World(std::move(options)), server(DnsTree::kBadServer) {}

  // The answer is a failure that says something, without any data.
  void CheckFails(const std::string& name, Type type = Type::kA) {
    INFO(name);
    const Question question{name, type};
    const Answer answer = resolver->Resolve({}, question);
    CHECK_REASON(Check(question, answer), errors::Reason::kDns);
    CHECK(answer.records.empty());
    CHECK(answer.dnssec == Dnssec::kIndeterminate);
    CHECK(answer.why.size() <= 210);
  }

  BadServer server;
};

TEST_CASE("the server that misbehaves can also behave") {
  BadWorld world;
  const Answer good = world.Ask("good.bad");
  CHECK(TextsOf(Addresses(good)) == std::vector<std::string>{DnsTree::kWww});
  CHECK(good.dnssec == Dnssec::kInsecure);
  const Answer none = world.Ask("good.bad", Type::kCaa);
  CHECK(none.rcode == kNoError);
  CHECK(none.records.empty());
  CHECK(world.server.SawMixedCase());
}

TEST_CASE("a server that says its answer is authentic is not believed", "[DNSSEC-08]") {
  BadWorld world;
  CHECK(world.Ask("authentic.bad").dnssec == Dnssec::kInsecure);
  // Not even the one that is asked for everything: its bit came over an open path.
  const auto forwarding = UnboundResolver::Create(
      {.forward = std::string(DnsTree::kBadServer) + ":53", .timeout = absl::Seconds(3)},
      world.clock);
  REQUIRE_OK(forwarding);
  const Answer answer = (*forwarding)->Resolve({}, {"authentic.bad", Type::kA});
  CHECK(TextsOf(Addresses(answer)) == std::vector<std::string>{DnsTree::kWww});
  CHECK(answer.dnssec == Dnssec::kUnchecked);
}

TEST_CASE("a record that is older than the cap is looked up again, whatever its TTL", "[VAL-43]") {
  BadWorld world({.timeout = absl::Seconds(3), .max_cache_ttl = absl::Seconds(1)});
  CHECK(world.Ask("good.bad").ttl <= absl::Seconds(1));  // the server says 300
  const int asked = world.server.Asked("good");
  // The resolver's clock is the machine's. It turns within the patience of this loop.
  const absl::Time patience = absl::Now() + absl::Seconds(30);
  while (world.server.Asked("good") == asked && absl::Now() < patience) world.Ask("good.bad");
  CHECK(world.server.Asked("good") > asked);
}

TEST_CASE("with no cache each look asks again", "[VAL-43][MPIC-07]") {
  BadWorld world({.timeout = absl::Seconds(3), .max_cache_ttl = absl::ZeroDuration()});
  for (int i = 0; i < 3; ++i) {
    const int asked = world.server.Asked("good");
    CHECK(TextsOf(Addresses(world.Ask("good.bad"))) == std::vector<std::string>{DnsTree::kWww});
    CHECK(world.server.Asked("good") > asked);
  }
}

TEST_CASE("answers to another question, with another id or from another place don't count",
          "[VAL-44]") {
  BadWorld world;
  for (const char* name : {"wrong-id.bad", "wrong-question.bad", "other-source.bad"}) {
    world.CheckFails(name);
  }
  CHECK(world.server.Asked("wrong-id") > 0);
  // Nor did they leave anything behind.
  CHECK(TextsOf(Addresses(world.Ask("other.bad"))) == std::vector<std::string>{DnsTree::kWww});
}

TEST_CASE("a truncated answer without TCP is no answer, and costs its time-out at most",
          "[VAL-44]") {
  BadWorld world;
  for (const char* name : {"cut.bad", "cut-silent.bad", "cut-drip.bad"}) world.CheckFails(name);
  CHECK(world.server.Asked("cut") >= 2);
}

TEST_CASE("answers have a bound in octets, in records and in aliases") {
  BadWorld world;
  for (const char* name : {"huge.bad", "many.bad"}) {
    world.CheckFails(name, Type::kTxt);
    CHECK(world.Ask(name, Type::kTxt).why.starts_with("more than 100 records or"));
  }
  CHECK(world.Ask("chain-8.bad").aliases.size() == 8);
  CHECK(TextsOf(Addresses(world.Ask("chain-8.bad"))) == std::vector<std::string>{DnsTree::kWww});
  for (const char* name : {"chain-11.bad", "chain-40.bad", "loop.bad", "loop-a.bad"}) {
    world.CheckFails(name);
  }
  CHECK(world.server.Asked() < 500);
}

TEST_CASE("an answer that comes too late is no answer", "[VAL-20]") {
  BadWorld world({.timeout = absl::Milliseconds(200)});
  const Question question{"late.bad", Type::kA};
  const Answer answer = world.resolver->Resolve({}, question);
  CHECK_REASON(Check(question, answer), errors::Reason::kDns);
  CHECK(answer.why == "timed out");
  // The resolver goes with lookups under way.
}

TEST_CASE("records of a name that does not exist are refused") {
  BadWorld world;
  const Answer answer = world.Ask("nx-records.bad");
  CHECK(answer.records.empty());
}

TEST_CASE("what a server says of others' names is not believed", "[VAL-44]") {
  BadWorld world;
  CHECK(TextsOf(Addresses(world.Ask("poison.bad"))) == std::vector<std::string>{DnsTree::kWww});
  for (const char* name : {"www.plain.test", "www.ecdsa.test", "www.nsec3.test"}) {
    INFO(name);
    CHECK(TextsOf(Addresses(world.Ask(name))) == std::vector<std::string>{DnsTree::kWww});
  }
  CHECK(world.Ask("www.ecdsa.test").dnssec == Dnssec::kSecure);
}

TEST_CASE("messages that break the format are no answers") {
  BadWorld world;
  for (const char* name :
       {"garbage.bad", "pointer-loop.bad", "short-rdata.bad", "lying-count.bad"}) {
    world.CheckFails(name);
  }
  // A record of a wrong size gives no address.
  CHECK(Addresses(world.Ask("odd-rdata.bad")).empty());
}

TEST_CASE("referrals that lead nowhere end, after few questions") {
  BadWorld world;
  for (const char* name : {"up.bad", "x.sideways.bad", "x.flood.bad"}) world.CheckFails(name);
  // A referral to 100 servers does not make 100 questions (NXNSAttack).
  CHECK(world.server.Asked("silent") < 60);
}

TEST_CASE("any error code is a failure") {
  BadWorld world;
  for (const char* name : {"rcode-1.bad", "rcode-2.bad", "rcode-4.bad", "rcode-5.bad",
                           "rcode-9.bad", "rcode-15.bad"}) {
    world.CheckFails(name);
  }
}

TEST_CASE("delegations into the network that we stand in are not followed") {
  DnsTree::Shared();  // makes the network
  BadServer inside("127.0.0.66");
  BadWorld world;
  world.CheckFails("www.inside.test");
  CHECK(inside.Asked() == 0);
  // A closed network has its servers at such addresses.
  World closed({.query_private_servers = true});
  CHECK(closed.Ask("www.inside.test").rcode == kNoError);
  CHECK(inside.Asked() > 0);
}

}  // namespace
}  // namespace cairn::dns
