#include "libs/ct/log_list.h"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <tuple>

#include "libs/base/strings.h"
#include "libs/crypto/private_key.h"
#include "libs/ct/test_log.h"
#include "libs/testing/status_matchers.h"

namespace cairn::ct {
namespace {

using errors::Reason;
using testing::LogJson;
using testing::TestLog;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

std::string ListJson(const std::string& operators) {
  return R"({"version":"79.1","log_list_timestamp":"2026-11-18T12:00:00Z","operators":[)" +
         operators + "]}";
}

std::string OperatorJson(const std::string& name, const std::string& logs,
                         const std::string& tiled_logs) {
  return base::Cat(R"({"name":")", name, R"(","email":["ct@a.test"],"logs":[)", logs,
                   R"(],"tiled_logs":[)", tiled_logs, "]}");
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("a list of version 3 is read with all that matters", "[CT-07][CT-08][CT-09]") {
  const TestLog first;
  const TestLog second(crypto::KeyType::kRsa);
  Log rfc6962 = first.Listed("alpha2027h1", "Alpha");
  rfc6962.state = LogState::kReadOnly;
  rfc6962.state_since = kNow - absl::Hours(1);
  rfc6962.interval = Log::Interval{kNow, kNow + absl::Hours(1000)};
  Log tiled = second.Listed("beta", "Beta", LogKind::kStatic);
  tiled.submission_url = "https://log.beta.test/2027h1/";
  tiled.monitoring_url = "https://mon.beta.test/2027h1/";
  tiled.mmd = absl::Seconds(60);
  const auto list = LogList::Parse(ListJson(OperatorJson("Alpha", LogJson(rfc6962), "") + "," +
                                            OperatorJson("Beta", "", LogJson(tiled))));
  REQUIRE_OK(list);
  CHECK(list->version() == "79.1");
  CHECK(list->timestamp() ==
        absl::FromCivil(absl::CivilHour(2026, 11, 18, 12), absl::UTCTimeZone()));
  REQUIRE(list->logs().size() == 2);

  const Log* read = list->Find(LogIdOf(first.key()));
  REQUIRE(read != nullptr);
  CHECK(read->description == "alpha2027h1");
  CHECK(read->operator_name == "Alpha");
  CHECK(read->key == first.key());
  CHECK(read->kind == LogKind::kRfc6962);
  CHECK(read->submission_url == "https://alpha2027h1.test/");
  CHECK(read->monitoring_url == read->submission_url);
  CHECK(read->mmd == absl::Hours(24));
  CHECK(read->state == LogState::kReadOnly);
  CHECK(read->state_since == rfc6962.state_since);
  REQUIRE(read->interval.has_value());
  CHECK(read->interval->start == rfc6962.interval->start);
  CHECK(read->interval->end == rfc6962.interval->end);
  CHECK(read->production);

  read = list->Find(LogIdOf(second.key()));
  REQUIRE(read != nullptr);
  CHECK(read->kind == LogKind::kStatic);
  CHECK(read->submission_url == "https://log.beta.test/2027h1/");
  CHECK(read->monitoring_url == "https://mon.beta.test/2027h1/");
  CHECK(read->Origin() == "log.beta.test/2027h1");
  CHECK(read->state == LogState::kUsable);
  CHECK_FALSE(read->interval.has_value());
  CHECK(list->Find(std::string(32, 'x')) == nullptr);
}

TEST_CASE("every state of a log is read, and none is assumed", "[CT-07]") {
  const LogState state =
      GENERATE(LogState::kUnlisted, LogState::kPending, LogState::kQualified, LogState::kUsable,
               LogState::kReadOnly, LogState::kRetired, LogState::kRejected);
  Log log = TestLog().Listed("a", "A");
  log.state = state;
  const auto list = LogList::Parse(ListJson(OperatorJson("A", LogJson(log), "")));
  REQUIRE_OK(list);
  CHECK(list->logs()[0].state == state);
}

TEST_CASE("a log for tests is told apart", "[CT-10]") {
  Log log = TestLog().Listed("a", "A");
  log.production = false;
  const auto list = LogList::Parse(ListJson(OperatorJson("A", LogJson(log), "")));
  REQUIRE_OK(list);
  CHECK_FALSE(list->logs()[0].production);
}

TEST_CASE("a list with a mistake in it is refused as a whole", "[CT-09]") {
  const TestLog key;
  Log log = key.Listed("a", "A");
  log.interval = Log::Interval{kNow, kNow + absl::Hours(1000)};
  const std::string json = LogJson(log);
  const std::string right = ListJson(OperatorJson("A", json, ""));
  REQUIRE_OK(LogList::Parse(right));

  const auto [why, from, to] = GENERATE(table<const char*, std::string, std::string>({
      {"not JSON", "\"version\"", "version"},
      {"no version", "\"version\"", "\"x\""},
      {"a time without zone", "12:00:00Z", "12:00:00"},
      {"no operators", "\"operators\"", "\"x\""},
      {"an operator without name", "\"name\"", "\"x\""},
      {"logs that are no array", "\"logs\":[", "\"logs\":3,\"x\":["},
      {"an empty description", "\"description\":\"a\"", "\"description\":\"\""},
      {"no log id", "\"log_id\"", "\"x\""},
      {"an id that isn't the key's hash", "\"log_id\":\"", "\"log_id\":\"AAAA"},
      {"no key", "\"key\"", "\"x\""},
      {"a key that isn't base64", "\"key\":\"", "\"key\":\"?"},
      {"a key that isn't one", "\"key\":\"", "\"key\":\"AAAA"},
      {"no URL", "\"url\"", "\"x\""},
      {"a URL of another scheme", "https://", "ftp://"},
      {"a URL with a query", "a.test/", "a.test/?x"},
      {"a URL with a user", "a.test/", "u@a.test/"},
      {"no mmd", "\"mmd\"", "\"x\""},
      {"an mmd of nothing", "\"mmd\":86400", "\"mmd\":0"},
      {"an mmd that is no integer", "\"mmd\":86400", "\"mmd\":86400.5"},
      {"a state that isn't known", "\"usable\"", "\"splendid\""},
      {"two states", "\"usable\"", "\"pending\":{},\"usable\""},
      {"a state without time", "\"timestamp\"", "\"x\""},
      {"an interval without end", "\"end_exclusive\"", "\"x\""},
      {"an interval that ends before it begins", "\"end_exclusive\":\"2", "\"end_exclusive\":\"1"},
      {"a log_type that is no string", "\"prod\"", "1"},
  }));
  INFO(why);
  CHECK_REASON(LogList::Parse(Replaced(right, from, to)), Reason::kMalformed);
}

TEST_CASE("a log or an operator that comes twice is refused") {
  const std::string one = LogJson(TestLog().Listed("a", "A"));
  CHECK_REASON(LogList::Parse(ListJson(OperatorJson("A", one + "," + one, ""))),
               Reason::kMalformed);
  CHECK_REASON(
      LogList::Parse(ListJson(OperatorJson("A", one, "") + "," + OperatorJson("A", "", ""))),
      Reason::kMalformed);
}

TEST_CASE("only the configured key can sign a list", "[CT-09]") {
  const auto type = GENERATE(crypto::KeyType::kRsa, crypto::KeyType::kEcP256);
  const auto key = crypto::PrivateKey::Generate(type);
  const auto algorithm = type == crypto::KeyType::kRsa ? crypto::SignatureAlgorithm::kRsaPkcs1Sha256
                                                       : crypto::SignatureAlgorithm::kEcdsaSha256;
  const std::string json = ListJson("");
  const std::string signature = key.Sign(algorithm, json).value();
  CHECK_OK(VerifyLogList(json, signature, key.public_key()));
  CHECK_REASON(VerifyLogList(json + " ", signature, key.public_key()), Reason::kUnauthorized);
  CHECK_REASON(VerifyLogList(json, "", key.public_key()), Reason::kUnauthorized);
  CHECK_REASON(VerifyLogList(json, signature, crypto::PrivateKey::Generate(type).public_key()),
               Reason::kUnauthorized);
}

}  // namespace
}  // namespace cairn::ct
