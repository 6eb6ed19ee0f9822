// Many lookups at one time, half of them at servers that never answer: the others
// are answered all the same, and memory stays small.

#include <absl/time/clock.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "libs/base/strings.h"
#include "libs/testing/sanitized.h"
#include "tests/integration/dns/world.h"

namespace cairn::dns {
namespace {

// As many as 2,000 validations have, half of them at silent hosts.
constexpr size_t kLookups = 2000;

size_t ResidentBytes() {
  size_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

std::vector<Question> Names(const std::string& prefix, const std::string& zone) {
  std::vector<Question> questions;
  for (size_t i = 0; i < kLookups; ++i) {
    questions.push_back({base::Cat(prefix, i, ".", zone), Type::kA});
  }
  return questions;
}

TEST_CASE("lookups that nobody answers keep no others from their answers, and cost little") {
  World world({.timeout = absl::Minutes(1)});
  world.Ask("www.ecdsa.test");
  const size_t before = ResidentBytes();
  std::vector<Answer> silent;
  std::jthread waiter([&] {
    // Given up when the rest has been answered.
    base::Call call;
    call.deadline = absl::Now() + absl::Seconds(20);
    silent = world.resolver->ResolveAll(call, Names("n", "silent"));
  });
  // Wildcards: each name is another question, and each answer is validated.
  const std::vector<Question> asked = Names("n", "wild.ecdsa.test");
  const std::vector<Answer> answers = world.resolver->ResolveAll({}, asked);
  size_t secure = 0;
  for (const Answer& answer : answers) {
    if (answer.dnssec == Dnssec::kSecure && answer.records.size() == 1) ++secure;
  }
  CHECK(secure == kLookups);
  const size_t grown = ResidentBytes() - std::min(before, ResidentBytes());
  WARN("resident memory grew by " << grown / kLookups / 2 << " octets a lookup");
  // The sanitizers' own memory is not the resolver's.
  if (!cairn::testing::kSanitized) CHECK(grown < 100'000'000);
  waiter.join();
  for (const Answer& answer : silent) {
    REQUIRE(answer.rcode == kServerFailure);
    REQUIRE(answer.records.empty());
  }
  // And afterwards it is as good as before.
  CHECK(world.Ask("www.rsa.test").dnssec == Dnssec::kSecure);
}

}  // namespace
}  // namespace cairn::dns
