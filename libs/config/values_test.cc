#include "libs/config/values.h"

#include <absl/time/time.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "libs/config/checks.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::config {
namespace {

using errors::Reason;

TEST_CASE("durations are a whole number and a unit") {
  const auto [text, expected] = GENERATE(table<const char*, absl::Duration>({
      {"0s", absl::ZeroDuration()},
      {"250ms", absl::Milliseconds(250)},
      {"90s", absl::Seconds(90)},
      {"5m", absl::Minutes(5)},
      {"36h", absl::Hours(36)},
      {"30d", absl::Hours(720)},
      {"3653d", absl::Hours(24 * 3653)},
  }));
  INFO(text);
  const auto parsed = ParseDuration(text);
  REQUIRE_OK(parsed);
  CHECK(*parsed == expected);
}

TEST_CASE("other spellings of durations are refused") {
  const auto text =
      GENERATE("", "s", "90", "90 s", " 90s", "90s ", "-1s", "+1s", "1.5h", "1h30m", "90S", "90sec",
               "3654d", "99999999999999999999s", "9223372036854775807d");
  INFO(text);
  CHECK_REASON(ParseDuration(text), Reason::kMalformed);
}

TEST_CASE("addresses are a host and a port") {
  const auto [text, host, port] = GENERATE(table<const char*, const char*, uint16_t>({
      {"127.0.0.1:4001", "127.0.0.1", 4001},
      {"127.0.0.1:0", "127.0.0.1", 0},
      {"[::1]:65535", "::1", 65535},
      {"sa.cairn.internal:4002", "sa.cairn.internal", 4002},
  }));
  INFO(text);
  const auto parsed = ParseHostPort(text);
  REQUIRE_OK(parsed);
  CHECK(*parsed == HostPort{.host = host, .port = port});
  CHECK(parsed->ToText() == text);
}

TEST_CASE("other spellings of addresses are refused") {
  const auto text = GENERATE("", "127.0.0.1", ":4001", "127.0.0.1:", "127.0.0.1:65536",
                             "127.0.0.1:-1", "127.0.0.1:+1", "::1:4001", "[::1]", "[]:1",
                             "[127.0.0.1]:1", "a b:1", "a/b:1", "127.0.0.1:1 ");
  INFO(text);
  CHECK_REASON(ParseHostPort(text), Reason::kMalformed);
}

TEST_CASE("a secret is read only from a file that nobody else may access") {
  const testing::TempDir dir;
  const std::string path = dir.Write("key", "secret\n");
  const auto read = ReadSecretFile(path);
  REQUIRE_OK(read);
  CHECK(*read == "secret\n");
  for (const mode_t mode : {0640, 0604, 0610, 0620, 0644}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    const absl::Status status = ReadSecretFile(path).status();
    CHECK_REASON(status, Reason::kMalformed);
    CHECK_THAT(std::string(status.message()), Catch::Contains("chmod 600 " + path));
    CHECK_OK(ReadFile(path));
  }
}

TEST_CASE("a symbolic link to a secret is judged by the file it leads to") {
  const testing::TempDir dir;
  const std::string path = dir.Write("key", "secret");
  REQUIRE(::symlink(path.c_str(), dir.File("link").c_str()) == 0);
  CHECK_OK(ReadSecretFile(dir.File("link")));
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  CHECK_REASON(ReadSecretFile(dir.File("link")), Reason::kMalformed);
}

TEST_CASE("what isn't a file of reasonable size is refused") {
  const testing::TempDir dir;
  CHECK_REASON(ReadSecretFile(dir.File("missing")), Reason::kNotFound);
  CHECK_REASON(ReadSecretFile(dir.path()), Reason::kMalformed);
  CHECK_REASON(ReadSecretFile(""), Reason::kMalformed);
  CHECK_REASON(ReadSecretFile(dir.Write("large", std::string(65537, 'a'))), Reason::kMalformed);
  REQUIRE(::mkfifo(dir.File("pipe").c_str(), 0600) == 0);
  CHECK_REASON(ReadSecretFile(dir.File("pipe")), Reason::kMalformed);
}

TEST_CASE("Checks report everything at once, each with its field") {
  const testing::TempDir dir;
  Checks checks;
  CHECK(checks.Text("", "name").empty());
  CHECK(checks.Duration("", "wait", absl::Seconds(3), absl::Seconds(1), absl::Seconds(9)) ==
        absl::Seconds(3));
  CHECK(checks.ToStatus().message() == "name: must be set");
  checks.Duration("10s", "wait", absl::Seconds(3), absl::Seconds(1), absl::Seconds(9));
  checks.Duration("soon", "wait", absl::Seconds(3), absl::Seconds(1), absl::Seconds(9));
  CHECK(checks.Number(0, "count", 5, 1, 10) == 5);
  CHECK(checks.Number(10, "count", 5, 1, 10) == 10);
  checks.Number(11, "count", 5, 1, 10);
  checks.Address("", "listen");
  checks.Secret(dir.File("missing"), "key");
  CHECK_REASON(checks.ToStatus(), Reason::kMalformed);
  CHECK(checks.ToStatus().message() ==
        "name: must be set\n"
        "wait: 10s is not between 1s and 9s\n"
        "wait: \"soon\" is not a duration such as 250ms, 90s, 5m, 36h or 30d\n"
        "count: 11 is not between 1 and 10\n"
        "listen: must be set\n"
        "key: " +
            dir.File("missing") + ": cannot be read: No such file or directory");
}

TEST_CASE("Checks without a failure are OK") {
  Checks checks;
  CHECK(checks.Text("x", "name") == "x");
  CHECK(checks.Address("[::1]:1", "listen").port == 1);
  CHECK_OK(checks.ToStatus());
}

}  // namespace
}  // namespace cairn::config
