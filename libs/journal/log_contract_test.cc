// What every Log promises, over the one on disk and the one in memory.
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/journal/faulty_log.h"
#include "libs/journal/journal.h"
#include "libs/journal/memory_log.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::journal {
namespace {

struct OnDisk {
  OnDisk() {
    Recovery recovery;
    auto opened =
        Journal::Open({.directory = dir.File("journal"), .segment_bytes = 300}, &recovery);
    REQUIRE_OK(opened);
    journal = *std::move(opened);
  }
  Log& log() { return *journal; }

  testing::TempDir dir;
  std::unique_ptr<Journal> journal;
};

struct InMemory {
  Log& log() { return memory; }

  MemoryLog memory;
};

TEMPLATE_TEST_CASE("a log gives back what was appended, in order", "", OnDisk, InMemory) {
  TestType fixture;
  Log& log = fixture.log();
  CHECK(log.size() == 0);
  const std::vector<std::string> records = {"one", "", std::string("\0\xff\n", 3),
                                            std::string(5000, 'x'), "five"};
  for (size_t i = 0; i < records.size(); ++i) {
    const auto index = log.Append(records[i]);
    REQUIRE_OK(index);
    CHECK(*index == i);
    CHECK(log.size() == i + 1);
  }
  for (size_t i = 0; i < records.size(); ++i) {
    const auto record = log.Read(i);
    REQUIRE_OK(record);
    CHECK(*record == records[i]);
  }
  CHECK_REASON(log.Read(records.size()), errors::Reason::kNotFound);
}

TEMPLATE_TEST_CASE("ForEach starts anywhere and ends at the first error", "", OnDisk, InMemory) {
  TestType fixture;
  Log& log = fixture.log();
  for (int i = 0; i < 200; ++i) REQUIRE_OK(log.Append(base::Cat("record ", i)));

  const uint64_t first = GENERATE(0, 1, 63, 64, 65, 199, 200, 1000);
  uint64_t expected = first;
  CHECK_OK(log.ForEach(first, [&](uint64_t index, std::string_view record) {
    CHECK(index == expected);
    CHECK(record == base::Cat("record ", index));
    ++expected;
    return absl::OkStatus();
  }));
  CHECK(expected == std::max<uint64_t>(200, first));

  int calls = 0;
  const absl::Status status = log.ForEach(0, [&](uint64_t, std::string_view) {
    return ++calls == 3 ? errors::Make(errors::Reason::kConflict, "enough") : absl::OkStatus();
  });
  CHECK_REASON(status, errors::Reason::kConflict);
  CHECK(calls == 3);
}

TEMPLATE_TEST_CASE("ForEach may append: it ends where the log ended when it began", "", OnDisk,
                   InMemory) {
  TestType fixture;
  Log& log = fixture.log();
  for (int i = 0; i < 3; ++i) REQUIRE_OK(log.Append("old"));
  CHECK_OK(log.ForEach(0, [&](uint64_t, std::string_view record) {
    CHECK(record == "old");
    return log.Append("new").status();
  }));
  CHECK(log.size() == 6);
}

TEMPLATE_TEST_CASE("appends of many threads each get a number of their own", "", OnDisk, InMemory) {
  TestType fixture;
  Log& log = fixture.log();
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  std::vector<std::map<uint64_t, std::string>> appended(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string record = base::Cat(t, " ", i);
          const auto index = log.Append(record);
          if (index.ok()) appended[t][*index] = record;
        }
      });
    }
  }
  std::map<uint64_t, std::string> all;
  for (const auto& map : appended) all.insert(map.begin(), map.end());
  REQUIRE(all.size() == kThreads * kEach);
  CHECK(all.rbegin()->first == kThreads * kEach - 1);
  for (const auto& [index, record] : all) CHECK(log.Read(index).value() == record);
}

TEST_CASE("FaultyLog fails in both ways and then no more") {
  MemoryLog memory;
  FaultyLog log(memory);
  REQUIRE_OK(log.Append("first"));

  log.FailNext(FaultyLog::Fault::kNotDone);
  CHECK_REASON(log.Append("second"), errors::Reason::kUnavailable);
  CHECK(log.size() == 1);

  log.FailNext(FaultyLog::Fault::kAnswerLost, 2);
  CHECK_REASON(log.Append("third"), errors::Reason::kUnavailable);
  CHECK(log.pending() == 1);
  CHECK_REASON(log.Append("fourth"), errors::Reason::kUnavailable);
  CHECK(log.size() == 3);

  CHECK(log.Append("fifth").value() == 3);
  CHECK(log.Read(1).value() == "third");
}

}  // namespace
}  // namespace cairn::journal
