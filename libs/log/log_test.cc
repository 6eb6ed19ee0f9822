#include "libs/log/log.h"

#include <absl/time/time.h>
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <future>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/call.h"
#include "libs/log/json.h"
#include "libs/log/line_sink.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::log {
namespace {

class Output {
 public:
  Output() : fd_(::open(dir_.File("log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600)) {}
  ~Output() { ::close(fd_); }

  int fd() const { return fd_; }
  std::string text() const {
    std::ostringstream text;
    text << std::ifstream(dir_.File("log")).rdbuf();
    return text.str();
  }

 private:
  testing::TempDir dir_;
  int fd_;
};

const absl::Time kNow = absl::FromUnixMillis(1795474621007);  // 2026-11-23T22:57:01.007Z

std::string JsonOf(std::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

TEST_CASE("a line has time, level, service, event and typed fields") {
  const testing::FakeClock clock(kNow);
  Output output;
  LineSink sink(output.fd());
  Logger log("ra", Level::kInfo, clock, sink);
  base::Call call;
  call.trace.trace_id = "0123456789abcdef0123456789abcdef";
  log.Warn("sa_retry", {{"rpc", "GetOrder"},
                        {"attempt", 2},
                        {"offset", -3},
                        {"huge", uint64_t{18446744073709551615u}},
                        {"ratio", 0.5},
                        {"last", false},
                        {"name", std::string("a\"b")},
                        Trace(call)});
  CHECK(output.text() ==
        "{\"time\":\"2026-11-23T22:57:01.007Z\",\"level\":\"warn\",\"service\":\"ra\","
        "\"event\":\"sa_retry\",\"rpc\":\"GetOrder\",\"attempt\":2,\"offset\":-3,"
        "\"huge\":18446744073709551615,\"ratio\":0.5,\"last\":false,\"name\":\"a\\\"b\","
        "\"trace_id\":\"0123456789abcdef0123456789abcdef\"}\n");
}

TEST_CASE("lines below the level are left out") {
  const testing::FakeClock clock(kNow);
  Output output;
  LineSink sink(output.fd());
  Logger log("ra", Level::kWarn, clock, sink);
  log.Debug("one");
  log.Info("two");
  CHECK(output.text().empty());
  log.Warn("three");
  log.Error("four");
  CHECK_THAT(output.text(), Catch::Contains("three") && Catch::Contains("four"));
}

TEST_CASE("levels have names") {
  CHECK(ParseLevel("debug") == Level::kDebug);
  CHECK(ParseLevel("error") == Level::kError);
  CHECK(ParseLevel("Error") == std::nullopt);
  CHECK(ParseLevel("") == std::nullopt);
}

TEST_CASE("whatever a text holds, it stays one JSON string on one line") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"plain", "\"plain\""},
      {"a\"b\\c", "\"a\\\"b\\\\c\""},
      {"a\nb\rc", "\"a\\nb\\u000dc\""},
      {std::string("a\0b", 3), "\"a\\u0000b\""},
      {"\x7f", "\"\\u007f\""},
      {"\xc3\xa9", "\"\xc3\xa9\""},
      {"a\xff\xc3", "\"a\\ufffd\\ufffd\""},
  }));
  CHECK(JsonOf(text) == expected);
}

TEST_CASE("long texts are cut") {
  CHECK(JsonOf(std::string(kMaxText, 'a')).size() == kMaxText + 2);
  CHECK(JsonOf(std::string(100000, 'a')).size() == kMaxText + 5);
}

TEST_CASE("numbers that JSON can't write become null") {
  std::string out;
  AppendJsonDouble(std::nan(""), out);
  AppendJsonDouble(INFINITY, out);
  CHECK(out == "nullnull");
}

TEST_CASE("lines of many threads do not mix") {
  const testing::FakeClock clock(kNow);
  Output output;
  LineSink sink(output.fd());
  Logger log("ra", Level::kInfo, clock, sink);
  const std::string filler(500, 'x');
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 100; ++n) log.Info("event", {{"filler", filler}});
      });
    }
  }
  std::istringstream lines(output.text());
  int count = 0;
  size_t length = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    if (length == 0) length = line.size();
    CHECK(line.size() == length);
    CHECK((line.front() == '{' && line.back() == '}'));
  }
  CHECK(count == 400);
  CHECK(log.lost() == 0);
}

TEST_CASE("a line that can't be written is counted") {
  const testing::FakeClock clock(kNow);
  LineSink sink(-1);
  CHECK_REASON(sink.Write("x\n"), errors::Reason::kUnavailable);
  Logger log("ra", Level::kInfo, clock, sink);
  log.Info("event");
  CHECK(log.lost() == 1);
}

TEST_CASE("a pipe that is full and non-blocking only delays a line") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_NONBLOCK) == 0);
  LineSink sink(ends[1]);
  const std::string line(300000, 'x');
  std::future<absl::Status> writer =
      std::async(std::launch::async, [&] { return sink.Write(line); });
  size_t got = 0;
  char buffer[4096];
  while (got < line.size()) {
    const ssize_t read = ::read(ends[0], buffer, sizeof buffer);
    if (read > 0) got += static_cast<size_t>(read);
  }
  CHECK_OK(writer.get());
  CHECK(got == line.size());
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace cairn::log
