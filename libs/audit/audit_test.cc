#include <absl/time/time.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "libs/audit/fake_log.h"
#include "libs/audit/log_to_stdout.h"
#include "libs/errors/errors.h"
#include "libs/log/line_sink.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "protos/audit/v1/audit.pb.h"

namespace cairn::audit {
namespace {

TEST_CASE("an event becomes one line with time, service and octets in hex", "[VAL-15]") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const testing::FakeClock clock(absl::FromUnixMillis(1795474621007));
  log::LineSink sink(ends[1]);
  LogToStdout log("va", clock, sink);
  v1::Event event;
  event.set_trace_id("abc");
  event.set_service("forged");
  v1::ValidationDone& done = *event.mutable_validation_done();
  done.mutable_identifier()->set_value("a\".test");
  done.set_valid(true);
  done.set_attempt_id(std::string("\x00\xff", 2));
  done.add_perspectives()->set_perspective_id("eu-1");
  done.add_perspectives()->set_caa(true);
  CHECK_OK(log.Write(event));
  char buffer[4096];
  const ssize_t got = ::read(ends[0], buffer, sizeof buffer);
  REQUIRE(got > 0);
  CHECK(std::string(buffer, static_cast<size_t>(got)) ==
        "{\"audit\":true,\"event\":\"validation_done\",\"at_ms\":1795474621007,\"service\":\"va\","
        "\"trace_id\":\"abc\",\"validation_done\":{\"identifier\":{\"value\":\"a\\\".test\"},"
        "\"valid\":true,\"perspectives\":[{\"perspective_id\":\"eu-1\"},{\"caa\":true}],"
        "\"attempt_id\":\"00ff\"}}\n");
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("an event that can't be written is an error", "[LOG-19]") {
  const testing::FakeClock clock(absl::UnixEpoch());
  log::LineSink sink(-1);
  LogToStdout log("ca", clock, sink);
  CHECK_REASON(log.Write(v1::Event()), errors::Reason::kUnavailable);
}

TEST_CASE("the fake keeps events and fails when told to") {
  FakeLog log;
  v1::Event event;
  event.mutable_call_refused()->set_method("M");
  CHECK_OK(log.Write(event));
  log.SetFailing(true);
  CHECK_REASON(log.Write(event), errors::Reason::kUnavailable);
  REQUIRE(log.events().size() == 1);
  CHECK(log.events()[0].call_refused().method() == "M");
}

}  // namespace
}  // namespace cairn::audit
