#include <catch2/catch.hpp>

#include "libs/testing/status_matchers.h"
#include "tools/lint/arguments.h"
#include "tools/lint/objects.h"
#include "tools/lint/show.h"

namespace cairn::lint_tool {
namespace {

using errors::Reason;

constexpr absl::Time kNow = absl::FromUnixSeconds(1795694400);  // 2026-11-26T12:00:00Z

TEST_CASE("the command line says what to judge, and by what") {
  const auto arguments = Arguments::Parse(
      {"--kind", "root", "--policy=private", "--at", "2027-03-15T00:00:00Z", "--issuer", "ca.pem",
       "--json", "--allow=w_a", "--allow", "w_b", "one.pem", "-", "--", "--two"},
      kNow);
  REQUIRE_OK(arguments);
  CHECK(arguments->kind == lint::Kind::kRoot);
  CHECK(arguments->pack == policy::Pack::kPrivate);
  CHECK(absl::FormatTime("%Y-%m-%d", arguments->at.value(), absl::UTCTimeZone()) == "2027-03-15");
  CHECK(arguments->issuer == "ca.pem");
  CHECK(arguments->json);
  CHECK(arguments->allowed == std::vector<std::string>{"w_a", "w_b"});
  // "-" is standard input, and after "--" all are files.
  CHECK(arguments->files == std::vector<std::string>{"one.pem", "-", "--two"});
}

TEST_CASE("now is the time of the clock") {
  CHECK(Arguments::Parse({"--at", "now", "a"}, kNow)->at == kNow);
  CHECK_FALSE(Arguments::Parse({"a"}, kNow)->at.has_value());
}

TEST_CASE("a wrong command line is refused") {
  const auto words = GENERATE(
      std::vector<std::string>{}, std::vector<std::string>{"--json"},
      std::vector<std::string>{"--kind", "leaf", "a"},
      std::vector<std::string>{"--policy", "web", "a"},
      std::vector<std::string>{"--at", "tomorrow", "a"}, std::vector<std::string>{"a", "--issuer"},
      std::vector<std::string>{"--no_such_option", "a"}, std::vector<std::string>{"-x", "a"});
  CHECK_REASON(Arguments::Parse(words, kNow), Reason::kMalformed);
}

TEST_CASE("help and the list need no file") {
  CHECK(Arguments::Parse({"--help"}, kNow)->help);
  CHECK(Arguments::Parse({"--list", "--json"}, kNow)->list);
  CHECK(Usage().find("--public_suffixes FILE") != std::string::npos);
}

TEST_CASE("a file is DER, or PEM blocks with text between") {
  CHECK(ObjectsOf("\x30\x03\x02\x01\x01").value() ==
        std::vector<std::string>{"\x30\x03\x02\x01\x01"});
  const auto objects = ObjectsOf(
      "a leaf\n-----BEGIN CERTIFICATE-----\r\nMAMC\r\nAQE=\r\n-----END CERTIFICATE-----\r\n"
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
      "-----BEGIN X509 CRL-----\nMAMCAQI=\n-----END X509 CRL-----\n");
  REQUIRE_OK(objects);
  CHECK(*objects == std::vector<std::string>{"\x30\x03\x02\x01\x01", "\x30\x03\x02\x01\x02"});
}

TEST_CASE("what is neither is refused") {
  const auto bytes =
      GENERATE("", "hello", "-----BEGIN X509 CRL", "-----BEGIN CERTIFICATE-----\nMAMC",
               "-----BEGIN CERTIFICATE-----\nM?MC\n-----END CERTIFICATE-----\n",
               "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  CHECK_REASON(ObjectsOf(bytes), Reason::kMalformed);
}

TEST_CASE("a report is shown as a table and as one line of JSON") {
  const lint::Lint* lint = lint::FindLint("e_ext_san_missing");
  REQUIRE(lint != nullptr);
  lint::Report report{.kind = lint::Kind::kSubscriber, .passed = 7};
  report.findings.push_back({lint, "line\nbreak \"quoted\""});
  report.skipped.push_back(lint::FindLint("e_key_blocklisted"));
  const Judged judged{.file = "a.pem", .at = kNow, .report = report};
  CHECK(
      Table(judged).find("a.pem[1]: subscriber, webpki rules of 2026-11-26T12:00:00Z: 1 findings, "
                         "7 passed, 1 skipped\n") == 0);
  CHECK(Table(judged).find("line\\x0abreak") != std::string::npos);
  const std::string json = Json(judged);
  CHECK(json.find('\n') == json.size() - 1);
  CHECK(json.find(R"("findings":[{"lint":"e_ext_san_missing","severity":"error",)"
                  R"("requirement":"LINT-44","clause":"BR 7.1.2.7.12",)"
                  R"("detail":"line\nbreak \"quoted\""}],"skipped":["e_key_blocklisted"]})") !=
        std::string::npos);
}

TEST_CASE("the list has every lint, with its dates") {
  const std::string table = ListTable();
  for (const lint::Lint* lint : lint::Registry()) {
    CHECK(table.find(std::string(lint->name)) != std::string::npos);
  }
  CHECK(ListJson().find(
            R"("clause":"CRP 1.3.2","policy":"webpki","from":"2027-03-15T00:00:00Z","kinds":)") !=
        std::string::npos);
}

}  // namespace
}  // namespace cairn::lint_tool
