// How long the publisher takes for a set of SCTs, with all logs well and with one
// dead: publisher_bench [REQUESTS [CLIENTS [LOG-DELAY-MS]]]
//
// Every log answers after the same delay, as logs on the Internet do. Starts the
// binaries below the working folder; bazel run does.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/strings.h"
#include "tests/integration/publisher/world.h"

namespace cairn::publisher {
namespace {

double Milliseconds(absl::Duration duration) { return absl::ToDoubleMilliseconds(duration); }

// The p99.
absl::Duration Measure(World& world, const char* what, int requests, int clients) {
  std::vector<v1::GetSctsRequest> prepared;
  for (int i = 0; i < requests; ++i) prepared.push_back(world.Request());
  GrpcPublisher& publisher = world.As("ra");
  std::mutex mutex;
  std::vector<absl::Duration> times;
  int failures = 0;
  size_t next = 0;
  {
    std::vector<std::jthread> threads;
    for (int c = 0; c < clients; ++c) {
      threads.emplace_back([&] {
        while (true) {
          const v1::GetSctsRequest* request = nullptr;
          {
            std::lock_guard lock(mutex);
            if (next == prepared.size()) return;
            request = &prepared[next++];
          }
          base::Call call;
          const absl::Time began = absl::Now();
          call.deadline = began + absl::Seconds(30);
          const auto response = publisher.GetScts(call, *request);
          std::lock_guard lock(mutex);
          times.push_back(absl::Now() - began);
          if (!response.ok()) ++failures;
        }
      });
    }
  }
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return times[std::min(times.size() - 1, static_cast<size_t>(share * times.size()))];
  };
  std::printf(
      "%-16s %6zu requests, %d failed: p50 %7.1f ms  p95 %7.1f ms  p99 %7.1f ms  max %7.1f ms\n",
      what, times.size(), failures, Milliseconds(at(0.5)), Milliseconds(at(0.95)),
      Milliseconds(at(0.99)), Milliseconds(times.back()));
  return at(0.99);
}

int Main(int argc, char** argv) {
  const int requests = argc > 1 ? std::atoi(argv[1]) : 1000;
  const int clients = argc > 2 ? std::atoi(argv[2]) : 4;
  const std::string delay = argc > 3 ? argv[3] : "50";
  World world({.stagger = "500ms", .submission_timeout = "5s", .first_back_off = "1s"});
  for (const char* log : {"oak1", "oak2", "elm", "fir", "ash1", "ash2"}) {
    world.Admin(base::Cat(log, "/slow/", delay));
  }
  Measure(world, "(warm-up)", std::max(requests / 10, 1), clients);
  const absl::Duration well = Measure(world, "all logs well", requests, clients);
  world.Admin("elm/dead");
  const absl::Duration dead = Measure(world, "one log dead", requests, clients);
  std::printf("p99 with one log dead: %.2f times that with all well\n",
              absl::FDivDuration(dead, well));
  return 0;
}

}  // namespace
}  // namespace cairn::publisher

int main(int argc, char** argv) { return cairn::publisher::Main(argc, argv); }
