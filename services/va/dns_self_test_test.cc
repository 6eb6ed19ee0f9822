#include "services/va/dns_self_test.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <iterator>

#include "libs/dns/fake_resolver.h"
#include "libs/log/line_sink.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::va {
namespace {

using dns::Dnssec;
using dns::Type;

class World {
 public:
  World() {
    Answer("good.test", Dnssec::kSecure);
    dns.MakeBogus("bad.test", Type::kA);
  }
  ~World() { close(fd); }
  void Answer(const std::string& name, Dnssec dnssec) {
    dns.Set(name, Type::kA, {.rcode = dns::kNoError, .dnssec = dnssec});
  }
  std::string Lines() const {
    std::ifstream file(folder.File("log"));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  bool Logged(const std::string& event) const {
    return Lines().find("\"event\":\"" + event + "\"") != std::string::npos;
  }
  bool Counted(const std::string& outcome) {
    return metrics.Text().find("cairn_va_dnssec_self_tests_total{outcome=\"" + outcome + "\"} 1") !=
           std::string::npos;
  }

  dns::FakeResolver dns;
  testing::FakeClock clock{absl::FromUnixSeconds(1'793'491'200)};
  testing::TempDir folder;
  const int fd = open(folder.File("log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  log::LineSink sink{fd};
  log::Logger log{"va", log::Level::kInfo, clock, sink};
  metrics::Registry metrics;
  DnsSelfTest test{{.known_good = "good.test", .known_bad = "bad.test"}, dns, clock, log, metrics};
};

TEST_CASE("secure and bogus as they should be pass the self-test", "[DNSSEC-01][DNSSEC-03]") {
  World world;
  CHECK_REASON(world.test.Health(), errors::Reason::kUnavailable);  // nothing is known yet
  world.test.Run();
  CHECK_OK(world.test.Health());
  CHECK(world.Counted("passed"));
  CHECK(world.Lines().empty());
}

TEST_CASE("validation that is off, broken or too strict is found",
          "[DNSSEC-01][DNSSEC-03][DNSSEC-09][DNSSEC-10]") {
  struct Row {
    const char* why;
    std::function<void(World&)> change;
  };
  for (const Row& row : {
           Row{"bad.test is insecure, not bogus",
               [](World& w) { w.Answer("bad.test", Dnssec::kInsecure); }},
           Row{"bad.test is unchecked, not bogus",
               [](World& w) { w.Answer("bad.test", Dnssec::kUnchecked); }},
           Row{"bad.test is secure, not bogus",
               [](World& w) { w.Answer("bad.test", Dnssec::kSecure); }},
           Row{"good.test is insecure, not secure",
               [](World& w) { w.Answer("good.test", Dnssec::kInsecure); }},
           Row{"good.test is bogus, not secure",
               [](World& w) { w.dns.MakeBogus("good.test", Type::kA); }},
       }) {
    INFO(row.why);
    World world;
    world.test.Run();
    row.change(world);
    world.test.Run();
    CHECK_REASON(world.test.Health(), errors::Reason::kUnavailable);
    CHECK(std::string(world.test.Health().message()).find(row.why) != std::string::npos);
    CHECK(world.Logged("dnssec_not_validated"));
    CHECK(world.Counted("failed"));
  }
}

TEST_CASE("it passes again when validation works again") {
  World world;
  world.dns.MakeBogus("good.test", Type::kA);
  world.test.Run();
  CHECK_FALSE(world.test.Health().ok());
  world.Answer("good.test", Dnssec::kSecure);
  world.test.Run();
  CHECK_OK(world.test.Health());
}

TEST_CASE("zones that can't be reached leave the verdict as it was, for three intervals") {
  World world;
  world.test.Run();
  world.dns.Fail("bad.test", Type::kA);
  world.test.Run();
  CHECK(world.Counted("unknown"));
  CHECK(world.Logged("dnssec_self_test_unknown"));
  world.clock.Advance(absl::Minutes(15));
  world.test.Run();
  CHECK_OK(world.test.Health());
  world.clock.Advance(absl::Seconds(1));
  CHECK_REASON(world.test.Health(), errors::Reason::kUnavailable);
}

TEST_CASE("what was never known is not healthy") {
  World world;
  world.dns.Fail("good.test", Type::kA);
  world.test.Run();
  CHECK_REASON(world.test.Health(), errors::Reason::kUnavailable);
}

// Tells when it has been asked.
class CountingResolver final : public dns::Resolver {
 public:
  std::vector<dns::Answer> ResolveAll(const base::Call&,
                                      std::span<const dns::Question> questions) override {
    std::lock_guard lock(mutex_);
    ++count_;
    asked_.notify_all();
    return std::vector<dns::Answer>(questions.size());
  }
  void WaitFor(int count) {
    std::unique_lock lock(mutex_);
    asked_.wait(lock, [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable asked_;
  int count_ = 0;
};

TEST_CASE("it is done at the start and at each interval") {
  World world;
  CountingResolver resolver;
  DnsSelfTest test(
      {.known_good = "good.test", .known_bad = "bad.test", .interval = absl::Milliseconds(1)},
      resolver, world.clock, world.log, world.metrics);
  test.Start();
  resolver.WaitFor(3);
  test.Stop();
  CHECK_FALSE(test.Health().ok());
}

}  // namespace
}  // namespace cairn::va
