#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <iostream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "libs/der/mutations.h"
#include "services/ca/signing/mutation_cases.h"

namespace cairn::ca::signing {
namespace {

using cairn::testing::DerMutations;
using cairn::testing::Mutation;

// What the check must have refused in all.
constexpr size_t kMutations = 1'000'000;
constexpr uint64_t kSeed = 20261126;

// The outcome for one case, or for all.
struct Tally {
  size_t refused = 0;
  size_t signed_ones = 0;
  std::vector<std::string> escapes;  // the first of them

  void Add(const Tally& other) {
    refused += other.refused;
    signed_ones += other.signed_ones;
    escapes.insert(escapes.end(), other.escapes.begin(), other.escapes.end());
  }
};

// Feeds the check every mutation of the case, and random ones up to `at_least`.
// Each counts once, and what is the original again not at all.
Tally Feed(const MutationCases& cases, const Case& of, size_t at_least, uint64_t seed) {
  const DerMutations mutations = cases.MutationsOf(of);
  std::mt19937_64 random(seed);
  std::unordered_set<size_t> seen = {std::hash<std::string>()(of.tbs)};
  Tally tally;
  for (size_t i = 0; i < mutations.size() || tally.refused + tally.signed_ones < at_least; ++i) {
    const Mutation mutation = i < mutations.size() ? mutations.At(i) : mutations.Draw(random);
    if (!seen.insert(std::hash<std::string>()(mutation.der)).second) continue;
    if (cases.Passes(of, mutation.der)) {
      if (++tally.signed_ones > 5) continue;
      tally.escapes.push_back(of.name + ": " + std::string(mutation.kind) + " in " +
                              FieldOf(of.tbs, mutation.der));
    } else {
      ++tally.refused;
    }
  }
  return tally;
}

TEST_CASE("of a million changed certificates none is signed",
          "[PROF-01][PROF-02][PROF-04][PROF-05][PROF-12][PROF-14][PROF-15][PROF-16][PROF-17]"
          "[PROF-18][PROF-19][PROF-20][PROF-21][PROF-22][PROF-23][PROF-24][PROF-25][PROF-26]"
          "[PROF-27][PROF-30][PROF-31][PROF-32][PROF-33][PROF-34][PROF-35][PROF-36][PROF-37]"
          "[PROF-39][PROF-41][PROF-43][CT-15][LINT-01]") {
  const MutationCases cases;
  for (const Case& of : cases.all()) {
    INFO(of.name);
    REQUIRE(cases.Passes(of, of.tbs));
  }
  const size_t each = kMutations / cases.all().size() + 1;
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  Tally total;
  const auto work = [&] {
    for (size_t i = next++; i < cases.all().size(); i = next++) {
      const Tally tally = Feed(cases, cases.all()[i], each, kSeed + i);
      const std::lock_guard lock(mutex);
      total.Add(tally);
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::clamp(std::thread::hardware_concurrency(), 1U, 8U); ++i) {
    threads.emplace_back(work);
  }
  threads.clear();
  std::cout << "seed " << kSeed << ": " << total.refused << " mutations of " << cases.all().size()
            << " certificates refused, " << total.signed_ones << " signed\n";
  for (size_t i = 0; i < total.escapes.size() && i < 20; ++i) UNSCOPED_INFO(total.escapes[i]);
  CHECK(total.signed_ones == 0);
  CHECK(total.refused >= kMutations);
}

}  // namespace
}  // namespace cairn::ca::signing
