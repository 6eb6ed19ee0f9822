#include "libs/metrics/metrics.h"

#include <absl/time/time.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "libs/metrics/endpoint.h"
#include "libs/testing/status_matchers.h"

namespace cairn::metrics {
namespace {

// What a plain HTTP client gets for these octets.
std::string Ask(uint16_t port, const std::string& request) {
  const int connection = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(connection, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
  REQUIRE(::send(connection, request.data(), request.size(), 0) ==
          static_cast<ssize_t>(request.size()));
  ::shutdown(connection, SHUT_WR);
  std::string answer;
  char buffer[4096];
  for (ssize_t got; (got = ::recv(connection, buffer, sizeof buffer, 0)) > 0;) {
    answer.append(buffer, static_cast<size_t>(got));
  }
  ::close(connection);
  return answer;
}

TEST_CASE("counters, gauges and histograms show in the text") {
  Registry registry;
  registry.Counter("cairn_x_things_total", "Things", {{"kind", "a"}}).Add();
  registry.Counter("cairn_x_things_total", "Things", {{"kind", "a"}}).Add(2);
  registry.Counter("cairn_x_things_total", "Things", {{"kind", "b"}}).Add();
  registry.Gauge("cairn_x_level", "Level").Set(4.5);
  registry.Gauge("cairn_x_level", "Level").Add(-1);
  registry.Histogram("cairn_x_work_seconds", "Work").Observe(absl::Milliseconds(3));
  const std::string text = registry.Text();
  CHECK_THAT(text, Catch::Contains("# HELP cairn_x_things_total Things"));
  CHECK_THAT(text, Catch::Contains("cairn_x_things_total{kind=\"a\"} 3\n"));
  CHECK_THAT(text, Catch::Contains("cairn_x_things_total{kind=\"b\"} 1\n"));
  CHECK_THAT(text, Catch::Contains("cairn_x_level 3.5\n"));
  CHECK_THAT(text, Catch::Contains("cairn_x_work_seconds_bucket{le=\"0.002\"} 0\n"));
  CHECK_THAT(text, Catch::Contains("cairn_x_work_seconds_bucket{le=\"0.005\"} 1\n"));
  CHECK_THAT(text, Catch::Contains("cairn_x_work_seconds_sum 0.003\n"));
}

TEST_CASE("what is looked up for each scrape is up to date") {
  Registry registry;
  const Gauge gauge = registry.Gauge("cairn_x_queue_length", "Queue");
  int length = 0;
  registry.OnScrape([&, gauge] { gauge.Set(++length); });
  CHECK_THAT(registry.Text(), Catch::Contains("cairn_x_queue_length 1\n"));
  CHECK_THAT(registry.Text(), Catch::Contains("cairn_x_queue_length 2\n"));
}

TEST_CASE("the process tells about itself") {
  Registry registry;
  registry.AddProcessMetrics("ra", "1.2.3");
  const std::string text = registry.Text();
  CHECK_THAT(text, Catch::Contains("cairn_build_info{service=\"ra\",version=\"1.2.3\"} 1\n"));
  for (const std::string name : {"process_resident_memory_bytes", "process_cpu_seconds_total",
                                 "process_open_fds", "process_threads"}) {
    CHECK_THAT(text, Catch::Contains("\n" + name + " "));
    CHECK_THAT(text, !Catch::Contains("\n" + name + " 0\n"));
  }
}

TEST_CASE("the endpoint serves the text at /metrics and nothing else") {
  auto endpoint = Endpoint::Listen("127.0.0.1", 0, [] { return std::string("cairn 1\n"); });
  REQUIRE_OK(endpoint);
  const uint16_t port = (*endpoint)->port();
  const std::string answer = Ask(port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK_THAT(answer, Catch::Contains("\r\nContent-Length: 8\r\n"));
  CHECK_THAT(answer, Catch::EndsWith("\r\n\r\ncairn 1\n"));
  CHECK_THAT(Ask(port, "GET / HTTP/1.1\r\n\r\n"), Catch::StartsWith("HTTP/1.1 404 "));
  CHECK_THAT(Ask(port, "POST /metrics HTTP/1.1\r\n\r\n"), Catch::StartsWith("HTTP/1.1 404 "));
  CHECK(Ask(port, "GET /metrics HTTP/1.1\r\n").empty());
  CHECK(Ask(port, std::string(20000, 'x')).empty());
  CHECK_THAT(Ask(port, "GET /metrics HTTP/1.1\r\n\r\n"), Catch::EndsWith("cairn 1\n"));
}

TEST_CASE("a port that is taken, or an address that isn't one, is an error") {
  auto first = Endpoint::Listen("127.0.0.1", 0, [] { return std::string(); });
  REQUIRE_OK(first);
  CHECK_REASON(Endpoint::Listen("127.0.0.1", (*first)->port(), [] { return std::string(); }),
               errors::Reason::kUnavailable);
  CHECK_REASON(Endpoint::Listen("localhost", 0, [] { return std::string(); }),
               errors::Reason::kMalformed);
  const uint16_t port = (*first)->port();
  (*first)->Stop();
  CHECK_OK(Endpoint::Listen("127.0.0.1", port, [] { return std::string(); }));
}

TEST_CASE("the endpoint listens on IPv6, too") {
  CHECK_OK(Endpoint::Listen("::1", 0, [] { return std::string(); }));
}

}  // namespace
}  // namespace cairn::metrics
