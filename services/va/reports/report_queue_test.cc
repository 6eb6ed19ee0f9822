#include "services/va/reports/report_queue.h"

#include <catch2/catch.hpp>
#include <latch>
#include <string>
#include <vector>

namespace cairn::va {
namespace {

CaaRefusal Refusal(const std::string& name) { return {.name = name}; }

TEST_CASE("refusals are worked on in their order, on another thread", "[CAA-32]") {
  metrics::Registry metrics;
  std::vector<std::string> names;
  std::latch done(3);
  {
    ReportQueue queue(
        10,
        [&](const CaaRefusal& refusal) {
          names.push_back(refusal.name);
          done.count_down();
        },
        metrics);
    for (const char* name : {"a", "b", "c"}) queue.Refused(Refusal(name));
    done.wait();
  }
  CHECK(names == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("what does not fit is dropped and counted, and nobody waits", "[CAA-32]") {
  metrics::Registry metrics;
  std::vector<std::string> names;
  std::latch working(1), go_on(1);
  {
    ReportQueue queue(
        2,
        [&](const CaaRefusal& refusal) {
          names.push_back(refusal.name);
          if (names.size() == 1) working.count_down();
          go_on.wait();
        },
        metrics);
    queue.Refused(Refusal("under way"));
    working.wait();
    for (const char* name : {"b", "c", "d", "e"}) queue.Refused(Refusal(name));
    CHECK(metrics.Text().find(R"(cairn_va_caa_reports_total{outcome="dropped",scheme="any"} 2)") !=
          std::string::npos);
    go_on.count_down();
  }
  CHECK(names.front() == "under way");
}

TEST_CASE("an empty queue ends at once") {
  metrics::Registry metrics;
  bool called = false;
  {
    ReportQueue queue(
        2, [&](const CaaRefusal&) { called = true; }, metrics);
  }
  CHECK_FALSE(called);
}

}  // namespace
}  // namespace cairn::va
