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

TEST_CASE("every vector gives the findings that it expects, and no other",
          "[CRL-06][CRL-16][CRL-19][KEY-06][KEY-07][KEY-09][LINT-09][LINT-10][LINT-11][LINT-12]"
          "[LINT-13][LINT-14][LINT-15][LINT-16][LINT-17][LINT-18][LINT-19][LINT-20][LINT-21]"
          "[LINT-22][LINT-23][LINT-24][LINT-25][LINT-26][LINT-27][LINT-28][LINT-29][LINT-30]"
          "[LINT-31][LINT-32][LINT-33][LINT-34][LINT-35][LINT-36][LINT-37][LINT-38][LINT-39]"
          "[LINT-40][LINT-41][LINT-42][LINT-43][LINT-44][LINT-45][LINT-46][LINT-47][LINT-48]"
          "[LINT-49][LINT-50][LINT-51][LINT-52][LINT-53][LINT-54][LINT-55][LINT-56][LINT-57]"
          "[LINT-58][LINT-59][LINT-60][LINT-61][LINT-62][LINT-63][LINT-64][LINT-65][LINT-66]"
          "[LINT-67][LINT-68][LINT-69][LINT-70][LINT-71][LINT-72][LINT-73][LINT-74][LINT-75]"
          "[LINT-76][LINT-77][LINT-78][LINT-79][LINT-80][LINT-81][LINT-82][LINT-83][LINT-84]"
          "[LINT-85][LINT-86][LINT-87][LINT-88][LINT-89][LINT-90][LINT-91][LINT-92][LINT-93]"
          "[LINT-94][LINT-95][LINT-96][OCSP-03][OCSP-10][OCSP-11][OCSP-15][OCSP-16][OCSP-17]"
          "[OCSP-18][OCSP-19][PROF-10][PROF-24][PROF-34][PROF-47][PROF-50][PROF-51][PROF-52]"
          "[PROF-53][PROF-54][PROF-55][PROF-56][PROF-57][PROF-63][PROF-64][PROF-65][PROF-66]"
          "[PROF-74][PROF-75][PROF-76][PROF-79]") {
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

TEST_CASE("every lint has vectors that it must find, and vectors that it must let pass") {
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

TEST_CASE("each line of the catalogue, from LINT-09 to LINT-96, has a lint") {
  std::set<std::string_view> requirements;
  for (const Lint* lint : Registry()) requirements.insert(lint->requirement);
  for (int number = 9; number <= 96; ++number) {
    const std::string id = std::string("LINT-") + (number < 10 ? "0" : "") + std::to_string(number);
    INFO(id);
    CHECK(requirements.contains(id));
  }
}

TEST_CASE("the kind of an object is guessed from what it says") {
  const World world;
  for (const Vector& vector : AllVectors()) {
    // A cross-certificate looks like a subordinate CA, a CRL of CAs like any other.
    const bool looks_like_another = vector.kind == "ca_crl" || vector.kind == "cross_certificate";
    if (vector.verdict != "pass" || looks_like_another) continue;
    VectorSubject made(vector, world);
    made.subject.kind = std::nullopt;
    INFO(vector.path);
    CHECK(NameOf(Run(made.subject).kind) == vector.kind);
  }
}

}  // namespace
}  // namespace cairn::lint
