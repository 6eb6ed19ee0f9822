#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "libs/lint/test_vectors.h"

namespace cairn::lint {
namespace {

std::vector<std::string> NamesOf(const Report& report) {
  std::vector<std::string> names;
  for (const Finding& finding : report.findings) names.emplace_back(finding.lint->name);
  std::sort(names.begin(), names.end());
  return names;
}

bool Skipped(const Report& report, const Lint* lint) {
  return std::find(report.skipped.begin(), report.skipped.end(), lint) != report.skipped.end();
}

TEST_CASE("every vector gives the findings that it expects, and no other", "[LINT-09]") {
  const World world;
  for (const Vector& vector : AllVectors()) {
    const VectorSubject made(vector, world);
    const Report report = Run(made.subject);
    INFO(vector.path << ": " << vector.says);
    for (const Finding& finding : report.findings) {
      UNSCOPED_INFO(finding.lint->name << ": " << finding.detail);
    }
    CHECK(NamesOf(report) == vector.expected);
  }
}

TEST_CASE("every lint has vectors that it must find, and vectors that it must let pass",
          "[LINT-10]") {
  const World world;
  std::map<std::string, std::set<std::string>> verdicts;
  for (const Vector& vector : AllVectors()) {
    INFO(vector.path);
    const Lint* lint = FindLint(vector.lint);
    REQUIRE(lint != nullptr);
    REQUIRE(
        (vector.verdict == "pass" || vector.verdict == "fail" || vector.verdict == "out_of_force"));
    verdicts[vector.lint].insert(vector.verdict);
    const bool is_expected = std::find(vector.expected.begin(), vector.expected.end(),
                                       vector.lint) != vector.expected.end();
    CHECK(is_expected == (vector.verdict == "fail"));

    // It passes because the lint looked, not because it didn't.
    const VectorSubject made(vector, world);
    const Report report = Run(made.subject);
    const bool in_force = lint->LooksAt(report.kind) && vector.at >= lint->since &&
                          vector.at < lint->until && !(lint->web_only && vector.policy != "webpki");
    CHECK(in_force == (vector.verdict != "out_of_force"));
    CHECK_FALSE(Skipped(report, lint));
  }
  for (const Lint* lint : Registry()) {
    INFO(lint->name);
    CHECK(verdicts[std::string(lint->name)].contains("pass"));
    CHECK(verdicts[std::string(lint->name)].contains("fail"));
  }
}

TEST_CASE("the kind of an object is guessed from what it says") {
  const World world;
  for (const Vector& vector : AllVectors()) {
    // A cross-certificate looks like a subordinate CA, a CRL of CAs like any other.
    if (vector.verdict != "pass" || vector.kind == "ca_crl") continue;
    VectorSubject made(vector, world);
    made.subject.kind = std::nullopt;
    INFO(vector.path);
    CHECK(NameOf(Run(made.subject).kind) == vector.kind);
  }
}

}  // namespace
}  // namespace cairn::lint
