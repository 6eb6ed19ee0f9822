#include "libs/dns/unbound_resolver.h"

#include <catch2/catch.hpp>

#include "libs/dns/test_server.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::dns {
namespace {

using Manner = TestServer::Manner;

class World {
 public:
  explicit World(UnboundResolver::Options options = {}) {
    options.forward = server.address();
    auto created = UnboundResolver::Create(options, clock);
    REQUIRE_OK(created);
    resolver = *std::move(created);
  }
  Answer Ask(const std::string& name, Type type) { return resolver->Resolve({}, {name, type}); }

  TestServer server;
  base::SystemClock clock;
  std::unique_ptr<UnboundResolver> resolver;
};

TEST_CASE("answers come with their records, lookups of one call go out together") {
  World world;
  world.server.Add("a.test", Type::kA, std::string("\x7f\0\0\1", 4));
  world.server.Add("a.test", Type::kA, std::string("\x7f\0\0\2", 4));
  world.server.Add("a.test", Type::kCaa, std::string("\0\5issueca.test", 14));
  const std::vector<Question> questions = {
      {"a.test", Type::kA}, {"a.test", Type::kAaaa}, {"a.test", Type::kCaa}, {"b.test", Type::kA}};
  const std::vector<Answer> answers = world.resolver->ResolveAll({}, questions);
  REQUIRE(answers.size() == 4);
  for (size_t i = 0; i < 4; ++i) CHECK_OK(Check(questions[i], answers[i]));
  CHECK(Addresses(answers[0]).size() == 2);
  CHECK(answers[0].ttl > absl::ZeroDuration());
  CHECK(answers[0].ttl <= absl::Seconds(300));
  CHECK(answers[0].dnssec == Dnssec::kUnchecked);
  CHECK(answers[1].records.empty());
  CHECK(answers[1].rcode == kNoError);
  CHECK(answers[2].records == std::vector{std::string("\0\5issueca.test", 14)});
  CHECK(answers[3].rcode == kNameError);
}

TEST_CASE("a chain of aliases is followed and recorded", "[VAL-16][VAL-40]") {
  World world;
  world.server.AddAlias("www.a.test", "cdn.b.test");
  world.server.AddAlias("cdn.b.test", "edge.c.test");
  world.server.Add("edge.c.test", Type::kA, std::string("\x7f\0\0\1", 4));
  const Answer answer = world.Ask("www.a.test", Type::kA);
  CHECK(Addresses(answer).size() == 1);
  CHECK(answer.aliases == std::vector<std::string>{"cdn.b.test", "edge.c.test"});
}

TEST_CASE("a chain of more aliases than allowed is no answer", "[VAL-16]") {
  World world({.max_aliases = 2});
  world.server.AddAlias("a.test", "b.test");
  world.server.AddAlias("b.test", "c.test");
  world.server.Add("c.test", Type::kA, std::string("\x7f\0\0\1", 4));
  world.server.AddAlias("z.test", "a.test");
  CHECK(world.Ask("a.test", Type::kA).records.size() == 1);
  const Question question{"z.test", Type::kA};
  const Answer answer = world.resolver->Resolve({}, question);
  CHECK_REASON(Check(question, answer), errors::Reason::kDns);
  CHECK(answer.why == "more than 2 aliases");
  CHECK(answer.records.empty());
}

TEST_CASE("an answer of more records or octets than allowed is no answer, not a part of it") {
  World world({.max_records = 2, .max_record_bytes = 20});
  for (const char* text : {"\1a", "\1b", "\1c"}) {
    world.server.Add("three.test", Type::kTxt, text);
    if (text[1] != 'c') world.server.Add("two.test", Type::kTxt, text);
  }
  world.server.Add("long.test", Type::kTxt, "\x14" + std::string(20, 'x'));
  CHECK(world.Ask("two.test", Type::kTxt).records.size() == 2);
  for (const char* name : {"three.test", "long.test"}) {
    INFO(name);
    const Answer answer = world.Ask(name, Type::kTxt);
    CHECK(answer.rcode == kServerFailure);
    CHECK(answer.records.empty());
    CHECK(answer.why == "more than 2 records or 20 octets");
  }
}

TEST_CASE("a truncated answer is asked for again over TCP", "[VAL-44]") {
  World world;
  world.server.SetManner("big.test", Manner::kTruncateUdp);
  world.server.Add("big.test", Type::kTxt, std::string("\4text", 5));
  CHECK(world.Ask("big.test", Type::kTxt).records.size() == 1);
  CHECK(world.server.Asked("big.test", Type::kTxt) >= 2);
}

TEST_CASE("a server's failure is no answer", "[CAA-17][VAL-20]") {
  World world;
  world.server.SetManner("broken.test", Manner::kServerFailure);
  world.server.SetManner("refused.test", Manner::kRefuse);
  for (const char* name : {"broken.test", "refused.test"}) {
    INFO(name);
    const Question question{name, Type::kCaa};
    const absl::Status status = Check(question, world.resolver->Resolve({}, question));
    CHECK_REASON(status, errors::Reason::kDns);
    CHECK(std::string(status.message()).find(name) != std::string::npos);
    CHECK_THAT(std::string(status.message()), Catch::Contains("EDE 22"));
    CHECK(world.server.Asked(name, Type::kCaa) >= 1);
  }
}

TEST_CASE("nobody waits longer than their deadline", "[VAL-20]") {
  World world;
  world.server.SetManner("silent.test", Manner::kSilent);
  base::Call call;
  call.deadline = absl::Now() + absl::Milliseconds(100);
  const absl::Time began = absl::Now();
  const Question question{"silent.test", Type::kA};
  const Answer answer = world.resolver->Resolve(call, question);
  CHECK(absl::Now() - began < absl::Seconds(5));
  CHECK_REASON(Check(question, answer), errors::Reason::kDns);
  CHECK(answer.why == "timed out");
}

TEST_CASE("too many lookups at one time are refused at once") {
  World world({.max_lookups = 1});
  world.server.SetManner("silent.test", Manner::kSilent);
  world.server.Add("a.test", Type::kA, std::string("\x7f\0\0\1", 4));
  base::Call call;
  call.deadline = absl::Now() + absl::Milliseconds(50);
  world.resolver->Resolve(call, {"silent.test", Type::kA});
  CHECK(world.Ask("a.test", Type::kA).why == "too many lookups at one time");
}

TEST_CASE("what a trust anchor says must be signed and is not", "[DNSSEC-01][DNSSEC-04]") {
  const testing::TempDir folder;
  UnboundResolver::Options options;
  options.trust_anchor_file =
      folder.Write("anchor",
                   "signed.test. IN DS 20326 8 2 "
                   "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n");
  World world(options);
  world.server.Add("www.signed.test", Type::kA, std::string("\x7f\0\0\1", 4));
  world.server.Add("www.plain.test", Type::kA, std::string("\x7f\0\0\1", 4));
  const Question question{"www.signed.test", Type::kA};
  const Answer bogus = world.resolver->Resolve({}, question);
  CHECK(bogus.dnssec == Dnssec::kBogus);
  CHECK(bogus.records.empty());
  CHECK_REASON(Check(question, bogus), errors::Reason::kDns);
  const Answer plain = world.Ask("www.plain.test", Type::kA);
  // No anchor says anything about it.
  CHECK(plain.dnssec == Dnssec::kIndeterminate);
  CHECK(plain.records.size() == 1);
}

TEST_CASE("options that can't be kept are refused", "[DNSSEC-01]") {
  const base::SystemClock clock;
  CHECK_REASON(UnboundResolver::Create({.forward = "not an address"}, clock),
               errors::Reason::kInternal);
  CHECK_REASON(UnboundResolver::Create({.trust_anchor_file = "/none"}, clock),
               errors::Reason::kMalformed);
  const testing::TempDir folder;
  const std::string no_key = folder.Write("anchor", ". IN DS not a digest\n");
  CHECK_REASON(UnboundResolver::Create({.trust_anchor_file = no_key}, clock),
               errors::Reason::kInternal);
}

}  // namespace
}  // namespace cairn::dns
