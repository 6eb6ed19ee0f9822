#include "services/va/core/caa_vectors.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "libs/base/strings.h"
#include "libs/dns/fake_resolver.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "services/va/core/check_caa.h"

namespace cairn::va::testing {
namespace {

using errors::Reason;

constexpr char kFolder[] = "libs/caa/testdata/vectors";
constexpr size_t kLeastVectors = 200;

std::vector<CaaVector> ReadAll() {
  std::vector<CaaVector> all;
  for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    auto vectors = ParseCaaVectors(file.path().filename(), text.str());
    REQUIRE_OK(vectors);
    std::move(vectors->begin(), vectors->end(), std::back_inserter(all));
  }
  return all;
}

std::string VerdictOf(const evidence::v1::Caa& caa) {
  if (caa.permits()) return "permit";
  return caa.problem().reason() == static_cast<int>(Reason::kCaa) ? "forbid" : "error";
}

void Run(const CaaVector& vector) {
  dns::FakeResolver resolver;
  const std::vector<dns::Question> questions = CheckCaa::Questions(vector.name);
  for (const dns::Question& question : questions) {
    resolver.Set(question.name, dns::Type::kCaa, vector.zone.Answer(question.name));
  }
  for (const std::string& name : vector.zone.names()) {
    resolver.Set(name, dns::Type::kCaa, vector.zone.Answer(name));
  }
  v1::Subject subject;
  subject.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
  subject.mutable_identifier()->set_value(vector.name);
  subject.set_wildcard(vector.wildcard);
  subject.set_account_uri(vector.account);
  subject.set_method(vector.method);
  const evidence::v1::Caa caa =
      CheckCaa(vector.issuers, vector.base_urls).Run({}, resolver, subject);

  INFO(caa.ShortDebugString());
  CHECK(VerdictOf(caa) == vector.verdict);
  CHECK(caa.clause() == vector.clause);
  if (vector.verdict == "error") {
    CHECK(caa.problem().reason() == static_cast<int>(Reason::kDns));
    CHECK(caa.found_at().empty());
    CHECK(caa.problem().detail().find(base::Cat("CAA for ", vector.found_at)) != std::string::npos);
  } else {
    CHECK(caa.found_at() == vector.found_at);
    CHECK(caa.rrset_digest().empty() == vector.found_at.empty());
  }
  // The name and what is above it, never a target of an alias nor the root.
  CHECK(resolver.questions() == questions);
}

TEST_CASE("every vector has the verdict, the place and the clause that it says",
          "[CAA-02][CAA-03][CAA-04][CAA-08][CAA-09][CAA-10][CAA-11][CAA-12][CAA-13][CAA-14][CAA-15]"
          "[CAA-16][CAA-17][CAA-18][CAA-21][CAA-22][CAA-23][CAA-24][CAA-25][CAA-26][CAA-27]") {
  size_t run = 0;
  for (const CaaVector& vector : ReadAll()) {
    INFO(vector.where << " " << vector.what);
    Run(vector);
    ++run;
  }
  CHECK(run >= kLeastVectors);
}

TEST_CASE("the vectors leave out no rule that a lookup and a set of records can show") {
  std::set<std::string> rules, verdicts, clauses;
  for (const CaaVector& vector : ReadAll()) {
    rules.insert(vector.rules.begin(), vector.rules.end());
    verdicts.insert(vector.verdict);
    clauses.insert(vector.clause);
  }
  for (const char* rule : {"02", "03", "04", "08", "09", "10", "11", "12", "13", "14", "15",
                           "16", "17", "18", "22", "23", "24", "25", "26", "27", "32"}) {
    INFO(rule);
    CHECK(rules.contains(base::Cat("CAA-", rule)));
  }
  CHECK(verdicts == std::set<std::string>{"error", "forbid", "permit"});
  CHECK(clauses == std::set<std::string>{"BR 4.2.2.1", "RFC 8657 section 3", "RFC 8657 section 4",
                                         "RFC 8659 section 3", "RFC 8659 section 4.1",
                                         "RFC 8659 section 4.2", "RFC 8659 section 4.3",
                                         "RFC 8659 section 4.5"});
}

TEST_CASE("a file that is not in the format fails, with its line") {
  const std::string good =
      "issuers ca.example\ncase CAA-02: one\n  a.test CAA 0 issue \"ca.example\"\n"
      "ask a.test -> permit at a.test by RFC 8659 section 4.2\n";
  CHECK(ParseCaaVectors("x", good)->size() == 1);
  for (const char* text :
       {"",
        "case CAA-02: two\n",
        "case CAA-02: two\n  a.test EXISTS\n",
        "ask a.test -> permit by RFC 8659 section 3\n",
        "case two\nask a.test -> permit by RFC 8659 section 3\n",
        "case DNS-02: two\nask a.test -> permit by RFC 8659 section 3\n",
        "case : two\nask a.test -> permit by RFC 8659 section 3\n",
        "color red\n",
        "case\n",
        "  \n",
        "issuers\n",
        "account a b\n",
        "case CAA-02: two\n  method\n",
        "  a.test EXISTS\n",
        "case CAA-02: two\n  a.test\n",
        "case CAA-02: two\n  a.test MX x\n",
        "case CAA-02: two\n  a.test CAA issue \"x\"\n",
        "case CAA-02: two\n  a.test CAA 256 issue \"x\"\n",
        "case CAA-02: two\n  a.test CAA 0 issue x\n",
        "case CAA-02: two\n  a.test CAA 0 issue \"x\\\"\n",
        "case CAA-02: two\n  a.test CAA 0 issue \"\\256\"\n",
        "case CAA-02: two\n  a.test CAA \\# 2 000578\n",
        "case CAA-02: two\n  A.test EXISTS\n",
        "case CAA-02: two\n  a.test CNAME\n",
        "case CAA-02: two\n  a.test CNAME b.test\n  a.test CAA 0 issue \"x\"\n",
        "case CAA-02: two\nask a.test\n",
        "case CAA-02: two\nask a.test -> permit\n",
        "case CAA-02: two\nask a.test -> maybe by RFC 8659 section 3\n",
        "case CAA-02: two\nask a.test -> forbid by RFC 8659 section 3\n",
        "case CAA-02: two\nask a.test -> permit on a.test by RFC 8659 section 3\n",
        "case CAA-02: two\nask a.test b.test -> permit by RFC 8659 section 3\n"}) {
    INFO(text);
    const auto vectors = ParseCaaVectors("x", text);
    CHECK_REASON(vectors, Reason::kMalformed);
  }
  const auto twice = ParseCaaVectors("x.txt", good + "case CAA-02: one\n");
  CHECK_REASON(twice, Reason::kMalformed);
  CHECK(std::string(twice.status().message()).find("x.txt:5") != std::string::npos);
}

TEST_CASE("the zone of a vector follows aliases and wildcards as DNS does") {
  CaaZone zone;
  for (const char* line :
       {"a.test CNAME b.test", "b.test CAA 0 issue \"\\\"\\\\\\010\"", "*.w.test CAA \\# 1 00",
        "x.y.w.test EXISTS", "old.test DNAME new.test", "c.new.test CAA 0 issue \"c\"",
        "loop.test CNAME loop.test", "f.test CNAME g.test", "g.test REFUSED"}) {
    REQUIRE_OK(zone.Add(line));
  }
  CHECK(zone.Answer("a.test").records == std::vector<std::string>{{"\0\5issue\"\\\n", 10}});
  CHECK(zone.Answer("a.test").aliases == std::vector<std::string>{"b.test"});
  CHECK(zone.Answer("z.w.test").records == std::vector<std::string>{{"\0", 1}});
  CHECK(zone.Answer("z.z.w.test").records.size() == 1);
  // An empty node exists, so that the wildcard does not stand for it.
  CHECK(zone.Answer("y.w.test").records.empty());
  CHECK(zone.Answer("y.w.test").rcode == dns::kNoError);
  CHECK(zone.Answer("c.old.test").aliases == std::vector<std::string>{"c.new.test"});
  CHECK(zone.Answer("c.old.test").records.size() == 1);
  CHECK(zone.Answer("old.test").records.empty());
  CHECK(zone.Answer("loop.test").rcode == dns::kServerFailure);
  CHECK(zone.Answer("f.test").rcode == 5);
  CHECK(zone.Answer("nothing.test").rcode == dns::kNameError);
}

}  // namespace
}  // namespace cairn::va::testing
