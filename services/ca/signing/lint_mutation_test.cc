#include <atomic>
#include <catch2/catch.hpp>
#include <iomanip>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libs/der/mutations.h"
#include "services/ca/signing/mutation_cases.h"

namespace cairn::ca::signing {
namespace {

using cairn::testing::DerMutations;
using cairn::testing::Mutation;

// One mutation of so many: linting takes longer than comparing.
constexpr size_t kStep = 13;

struct Tally {
  size_t all = 0;
  std::map<std::string, size_t> escapes;  // by field and kind of change
  std::map<std::string, std::string> example;
};

// The linters know the rules, but not what was asked for: which serial number, which
// second, which key. What they catch alone is what protects where composer and
// comparison are wrong together.
TEST_CASE("linters alone catch nearly all that the comparison catches", "[LINT-01][LINT-92]") {
  const MutationCases cases;
  for (const Case& of : cases.all()) {
    INFO(of.name);
    REQUIRE(cases.LintsPass(of, of.tbs));
  }
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  Tally total;
  const auto work = [&] {
    for (size_t i = next++; i < cases.all().size(); i = next++) {
      const Case& of = cases.all()[i];
      const DerMutations mutations = cases.MutationsOf(of);
      Tally tally;
      for (size_t at = i % kStep; at < mutations.size(); at += kStep) {
        const Mutation mutation = mutations.At(at);
        if (mutation.der == of.tbs) continue;
        ++tally.all;
        if (!cases.LintsPass(of, mutation.der)) continue;
        const std::string field = FieldOf(of.tbs, mutation.der) + ", " + std::string(mutation.kind);
        ++tally.escapes[field];
        tally.example.emplace(field, of.name);
      }
      const std::lock_guard lock(mutex);
      total.all += tally.all;
      for (const auto& [field, count] : tally.escapes) total.escapes[field] += count;
      total.example.merge(tally.example);
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back(work);
  threads.clear();
  size_t escaped = 0;
  for (const auto& [field, count] : total.escapes) escaped += count;
  std::cout << "linters alone: " << total.all - escaped << " of " << total.all << " caught ("
            << std::fixed << std::setprecision(2)
            << 100.0 * static_cast<double>(total.all - escaped) / static_cast<double>(total.all)
            << " %)\n";
  for (const auto& [field, count] : total.escapes) {
    std::cout << "  not caught: " << count << " in " << field << " (" << total.example[field]
              << ")\n";
  }
  CHECK(total.all > 80'000);
  // What they can't know: octets of serial numbers, keys and signatures of logs.
  CHECK(escaped * 100 < total.all * 6);
}

}  // namespace
}  // namespace cairn::ca::signing
